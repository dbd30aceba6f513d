"""Compares values before and after a change of definitions, folded over the same events."""

from governance.changes.comparison.compared_values import MOST_EVENTS, Comparison, NoEvents, comparison_of, report_of
from governance.changes.comparison.events import UnknownData, events_of
from governance.changes.comparison.report import DataComparison, FeatureComparison
from governance.changes.comparison.sides import compared_features
from governance.changes.comparison.work import ComparisonWork

__all__ = [
    "MOST_EVENTS",
    "Comparison",
    "ComparisonWork",
    "DataComparison",
    "FeatureComparison",
    "NoEvents",
    "UnknownData",
    "compared_features",
    "comparison_of",
    "events_of",
    "report_of",
]
