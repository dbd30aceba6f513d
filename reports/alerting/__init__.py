"""Monitors of features and sources: checks, incidents, alerts."""

from reports.alerting.feature_monitor import Judge, JudgedRule, Limits
from reports.alerting.source_monitor import Intake, SourceJudge

__all__ = ["Intake", "Judge", "JudgedRule", "Limits", "SourceJudge"]
