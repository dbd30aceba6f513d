"""Delivers reports to their store and alerts to their targets."""

from reports.delivery.delivery_log import DeliveryLog
from reports.delivery.notifier import AlertSource, Notifier, Target
from reports.delivery.publisher import ReportPublisher, RetentionPolicy
from reports.delivery.store import STAMP, STAMP_FORMAT, ReportStore, stamp

__all__ = [
    "STAMP",
    "STAMP_FORMAT",
    "AlertSource",
    "DeliveryLog",
    "Notifier",
    "ReportPublisher",
    "ReportStore",
    "RetentionPolicy",
    "Target",
    "stamp",
]
