"""Who reads features without having said so in a feature set: subscriptions of topics, reads over the API."""

from governance.changes.consumers.api_reads import api_readers
from governance.changes.consumers.subscriptions import subscribers

__all__ = ["api_readers", "subscribers"]
