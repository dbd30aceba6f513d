"""Reports to their store, alerts to their webhook."""

from reports.delivery.notifier import Pager, pager_of
from reports.delivery.publisher import Keeping, Publisher
from reports.delivery.store import ReportStore

__all__ = ["Keeping", "Pager", "Publisher", "ReportStore", "StoreRefused", "StoreUrlError", "pager_of"]
