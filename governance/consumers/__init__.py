"""Who reads features without having said so in a feature set: subscriptions of topics, reads over the API."""

from governance.consumers.api_reads import api_readers
from governance.consumers.subscriptions import subscribers

__all__ = ["api_readers", "subscribers"]
