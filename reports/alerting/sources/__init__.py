"""Monitors a source: its gaps, its refusals, its columns."""

from reports.alerting.sources.refusals import RefusalRate
from reports.alerting.sources.source_columns import ColumnMove, column_profiles, most_moved
from reports.alerting.sources.source_monitor import SourceMonitor

__all__ = ["ColumnMove", "RefusalRate", "SourceMonitor", "column_profiles", "most_moved"]
