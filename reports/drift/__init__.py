"""Measures drift of an interval against its baseline and against a reference window."""

from reports.drift.baseline_metrics import QUANTILE
from reports.drift.bins import OTHER
from reports.drift.comparison import BaselineComparison, ReferenceComparison
from reports.drift.course import Course
from reports.drift.detector import STEADY
from reports.drift.reference_window import ReferenceBlock, ReferenceWindow
from reports.drift.significance import of_share
from reports.drift.training_reference import TrainingReference

__all__ = [
    "OTHER",
    "QUANTILE",
    "STEADY",
    "BaselineComparison",
    "Course",
    "ReferenceBlock",
    "ReferenceComparison",
    "ReferenceWindow",
    "TrainingReference",
    "of_share",
]
