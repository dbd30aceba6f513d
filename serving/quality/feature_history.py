"""Reads the points of a feature's history, which the dataflow writes to Redis when an interval closes."""

from collections.abc import Sequence
from functools import lru_cache

import redis

from connectors.errors import UNDECODABLE
from reports.history import HistoryPoint, history_key
from serving.quality.live_reports import UnreadableReport, answer_of_hash

HISTORIES_KEPT = 16
"""Histories that stay decoded, about one MB each."""


def read_history(client: redis.Redis, prefix: str, feature: str) -> Sequence[HistoryPoint]:
    """Reads all points of a feature, the newest last. Raises redis.RedisError, UnreadableReport."""
    key = history_key(prefix, feature)
    fields = answer_of_hash(client, key)
    return _points(key, tuple(value for field, value in fields.items() if not field.startswith(b"_")))


@lru_cache(maxsize=HISTORIES_KEPT)
def _points(key: str, payloads: tuple[bytes, ...]) -> tuple[HistoryPoint, ...]:
    """Decodes a history and caches it: a page reads it every two seconds, and it changes once per interval."""
    return tuple(sorted((_point(key, payload) for payload in payloads), key=lambda point: point.start_ms))


def _point(key: str, payload: bytes) -> HistoryPoint:
    try:
        return HistoryPoint.decode(payload)
    except UNDECODABLE as error:
        raise UnreadableReport(f"{key}: this version cannot read a point of the history: {error}") from error
