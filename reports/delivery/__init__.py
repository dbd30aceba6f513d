"""Reports to their store, alerts to their webhook."""

from reports.delivery.notifier import Notifier, pager_of
from reports.delivery.publisher import ReportPublisher, RetentionPolicy
from reports.delivery.store import STAMP, STAMP_FORMAT, ReportStore, stamp

__all__ = [
    "STAMP",
    "STAMP_FORMAT",
    "Notifier",
    "ReportPublisher",
    "ReportStore",
    "RetentionPolicy",
    "pager_of",
    "stamp",
]
