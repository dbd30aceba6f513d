"""Monitors a feature: its values by interval, their comparisons, its status."""

from reports.alerting.features.feature_monitor import FeatureMonitor

__all__ = ["FeatureMonitor"]
