"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.event_counts import Intake
from reports.alerting.feature_monitor import Judge, JudgedRule, Limits
from reports.alerting.source_monitor import SourceJudge

__all__ = ["Intake", "Judge", "JudgedRule", "Limits", "SourceJudge"]
