"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.event_counts import EventCounts
from reports.alerting.feature_monitor import Judge, JudgedRule, Limits
from reports.alerting.source_monitor import SourceJudge

__all__ = ["EventCounts", "Judge", "JudgedRule", "Limits", "SourceJudge"]
