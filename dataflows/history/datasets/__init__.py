"""Builds training sets: a spine of rows, each with the features of its entities at its time."""

from dataflows.history.datasets.errors import DatasetError, SpineError
from dataflows.history.datasets.training_set import training_set

__all__ = ["DatasetError", "SpineError", "training_set"]
