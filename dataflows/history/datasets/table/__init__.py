"""Assembles the table of a data set: a spine with its answers, its hash, and its leakage."""

from dataflows.history.datasets.table.answers import VALUE_MODES, ValueMode
from dataflows.history.datasets.table.assembly import (
    TICK_TIME,
    AnsweredBlock,
    Assembly,
    SpineAssembly,
    TickAssembly,
    feature_schema,
)
from dataflows.history.datasets.table.column_profiles import ColumnProfiles
from dataflows.history.datasets.table.content_hash import ContentHash
from dataflows.history.datasets.table.empty_values import empty_values
from dataflows.history.datasets.table.leakage import ROWS_SCHEMA, FeatureLeakage, LeakageReport, formatted
from dataflows.history.datasets.table.value_equality import differing

__all__ = [
    "ROWS_SCHEMA",
    "TICK_TIME",
    "VALUE_MODES",
    "AnsweredBlock",
    "Assembly",
    "ColumnProfiles",
    "ContentHash",
    "FeatureLeakage",
    "LeakageReport",
    "SpineAssembly",
    "TickAssembly",
    "ValueMode",
    "differing",
    "empty_values",
    "feature_schema",
    "formatted",
]
