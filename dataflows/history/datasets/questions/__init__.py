"""Builds the questions of a spine: which entity, which features, at which time."""

from dataflows.history.datasets.questions.definition_copies import definitions_in, texts_of
from dataflows.history.datasets.questions.questions import (
    KeyedBlock,
    KeyedSpine,
    SpineColumns,
    WrittenQuestions,
    write_questions,
)
from dataflows.history.datasets.questions.selection import FeatureSelection, select
from dataflows.history.datasets.questions.ticks import Ticks, at_every, at_time, time_of, write_ticks

__all__ = [
    "FeatureSelection",
    "KeyedBlock",
    "KeyedSpine",
    "SpineColumns",
    "Ticks",
    "WrittenQuestions",
    "at_every",
    "at_time",
    "definitions_in",
    "select",
    "texts_of",
    "time_of",
    "write_questions",
    "write_ticks",
]
