"""Stores the history of a feature: one compact point per closed interval, in a ring in Redis, for charts of hours and
days."""

from typing import TypeVar

import msgspec

from reports.records import FeatureReport, Status
from reports.verdict import severity

KEPT = 2016
"""Number of points in a ring: a week of five-minute intervals."""

P = TypeVar("P", bound="HistoryPoint")


def history_key(prefix: str, feature: str) -> str:
    """Returns the Redis hash of a feature's points, by `slot`.

    >>> history_key("headrace", "user_spend_1h")
    'headrace:_history:user_spend_1h'
    """
    return f"{prefix}:_history:{feature}"


def slot(start_ms: int, end_ms: int) -> str:
    """Returns the field of an interval, which the next round of the ring overwrites.

    >>> slot(0, 300_000), slot(300_000, 600_000), slot(2016 * 300_000, 2017 * 300_000)
    ('0', '1', '0')
    """
    return str(start_ms // (end_ms - start_ms) % KEPT)


class HistoryPoint(msgspec.Struct, frozen=True, array_like=True):
    """One closed interval of a feature, as a JSON array; a newer version may only append. Times are ms since 1970."""

    start_ms: int
    end_ms: int
    status: Status
    rows: int
    nulls: int
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    true_ratio: float | None
    distinct: float
    severity: float  # worst score as a multiple of its threshold

    @classmethod
    def of(cls: type[P], report: FeatureReport) -> P:
        """Creates the point of a closed report."""
        summary = report.summary
        return cls(
            report.start_ms, report.end_ms, report.status, summary.rows, summary.nulls, summary.mean, summary.p50,
            summary.p95, summary.p99, summary.true_ratio, summary.distinct, severity(report),
        )  # fmt: skip

    def encode(self) -> bytes:
        """Encodes the point as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls: type[P], payload: bytes | str) -> P:
        """Decodes a point from JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(payload, type=cls)
