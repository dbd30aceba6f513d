"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.arrival_gaps import Pauses, Ticks, pauses_of, together
from reports.alerting.event_counts import LATE, EventCounts
from reports.alerting.event_sample import HASH, EventSample, smallest
from reports.alerting.feature_monitor import FeatureMonitor
from reports.alerting.monitor import Monitor, Report
from reports.alerting.observations import Latencies, MonitoringStarted, Observation, RowProfiles, SourceCounts, Start
from reports.alerting.source_monitor import SourceMonitor
from reports.alerting.thresholds import JudgedRule, Limits

__all__ = [
    "HASH",
    "LATE",
    "EventCounts",
    "EventSample",
    "FeatureMonitor",
    "JudgedRule",
    "Latencies",
    "Limits",
    "Monitor",
    "MonitoringStarted",
    "Observation",
    "Pauses",
    "Report",
    "RowProfiles",
    "SourceCounts",
    "SourceMonitor",
    "Start",
    "Ticks",
    "pauses_of",
    "smallest",
    "together",
]
