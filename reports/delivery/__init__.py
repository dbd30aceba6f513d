"""Reports to their store, alerts to their webhook."""

from reports.delivery.notifier import Notifier, pager_of
from reports.delivery.publisher import ReportPublisher, RetentionPolicy
from reports.delivery.store import ReportStore

__all__ = ["Notifier", "ReportPublisher", "ReportStore", "RetentionPolicy", "StoreRefused", "StoreUrlError", "pager_of"]
