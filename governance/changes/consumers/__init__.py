"""Finds readers of features that no feature set declares: subscriptions of topics, reads over the API."""

from governance.changes.consumers.api_reads import api_readers
from governance.changes.consumers.subscriptions import subscribers

__all__ = ["api_readers", "subscribers"]
