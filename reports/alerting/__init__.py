"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.event_counts import EventCounts
from reports.alerting.feature_monitor import FeatureMonitor
from reports.alerting.monitor import Monitor, Report
from reports.alerting.observations import (
    FailedValues,
    IntervalEnded,
    Latencies,
    MonitoringStarted,
    Observation,
    RowProfiles,
    SourceCounts,
    Start,
)
from reports.alerting.source_monitor import SourceMonitor
from reports.alerting.thresholds import JudgedRule, Limits

__all__ = [
    "EventCounts",
    "FailedValues",
    "FeatureMonitor",
    "IntervalEnded",
    "JudgedRule",
    "Latencies",
    "Limits",
    "Monitor",
    "MonitoringStarted",
    "Observation",
    "Report",
    "RowProfiles",
    "SourceCounts",
    "SourceMonitor",
    "Start",
]
