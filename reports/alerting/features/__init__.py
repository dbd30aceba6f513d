"""What is watched of a feature: its values by interval, what they are compared with, its status."""

from reports.alerting.features.feature_monitor import FeatureMonitor

__all__ = ["FeatureMonitor"]
