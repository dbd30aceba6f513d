"""Reads the points of a feature's history, which the dataflow writes to Redis when an interval closes."""

from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from reports.history import HistoryPoint, history_key
from serving.quality.live_reports import UnreadableReport, answer_of_hash


def read_history(client: redis.Redis, prefix: str, feature: str) -> Sequence[HistoryPoint]:
    """Reads all points of a feature, the newest last. Raises redis.RedisError, UnreadableReport."""
    key = history_key(prefix, feature)
    fields = answer_of_hash(client, key)
    points = [_point(key, value) for field, value in fields.items() if not field.startswith(b"_")]
    return sorted(points, key=lambda point: point.start_ms)


def _point(key: str, payload: Any) -> HistoryPoint:
    try:
        return HistoryPoint.decode(payload)
    except msgspec.DecodeError as error:
        raise UnreadableReport(f"{key}: this version cannot read a point of the history: {error}") from error
