"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.arrival_gaps import Pauses, Ticks, pauses_of, together
from reports.alerting.event_counts import FUTURE, LATE, EventCounts
from reports.alerting.event_sample import HASH, MOST_EVENTS, EventSample, smallest
from reports.alerting.features import FeatureMonitor
from reports.alerting.incidents import (
    SUDDEN,
    ColumnHistory,
    Conclusion,
    ConclusionRules,
    FeatureLineage,
    InterimReport,
    IntervalQueue,
    Lineage,
    QueuedInterval,
    ShownReport,
    SourceLineage,
)
from reports.alerting.monitor import Monitor, Report
from reports.alerting.observations import (
    EarlierState,
    FailedValues,
    IntervalEnded,
    Latencies,
    MonitoringPaused,
    MonitoringStarted,
    Observation,
    RowProfiles,
    SourceCounts,
    SourceCourse,
    SourceTrouble,
    Start,
)
from reports.alerting.sources import SourceMonitor
from reports.alerting.thresholds import JudgedRule, Limits
from reports.alerting.time_offsets import offsets_of

__all__ = [
    "FUTURE",
    "HASH",
    "LATE",
    "MOST_EVENTS",
    "SUDDEN",
    "ColumnHistory",
    "Conclusion",
    "ConclusionRules",
    "EarlierState",
    "EventCounts",
    "EventSample",
    "FailedValues",
    "FeatureLineage",
    "FeatureMonitor",
    "InterimReport",
    "IntervalEnded",
    "IntervalQueue",
    "JudgedRule",
    "Latencies",
    "Limits",
    "Lineage",
    "Monitor",
    "MonitoringPaused",
    "MonitoringStarted",
    "Observation",
    "Pauses",
    "QueuedInterval",
    "Report",
    "RowProfiles",
    "ShownReport",
    "SourceCounts",
    "SourceCourse",
    "SourceLineage",
    "SourceMonitor",
    "SourceTrouble",
    "Start",
    "Ticks",
    "offsets_of",
    "pauses_of",
    "smallest",
    "together",
]
