"""Incidents of all subjects: one cause each, its symptoms muted, alerts about it."""

from reports.alerting.incidents.causes.causes import SUDDEN
from reports.alerting.incidents.causes.column_history import ColumnHistory
from reports.alerting.incidents.causes.lineage import FeatureLineage, Lineage, SourceLineage
from reports.alerting.incidents.conclusion import Conclusion
from reports.alerting.incidents.conclusion_rules import ConclusionRules
from reports.alerting.incidents.interim_reports import InterimReport, ShownReport
from reports.alerting.incidents.interval_queue import IntervalQueue, QueuedInterval

__all__ = [
    "SUDDEN",
    "ColumnHistory",
    "Conclusion",
    "ConclusionRules",
    "FeatureLineage",
    "InterimReport",
    "IntervalQueue",
    "Lineage",
    "QueuedInterval",
    "ShownReport",
    "SourceLineage",
]
