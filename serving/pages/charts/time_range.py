"""Parses the time range of a history from its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from serving.pages.addresses import LATEST_MS, moment_in

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
RANGES: Mapping[str, int] = {"1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS}
USUAL = "6h"
SHORTEST_MS, LONGEST_MS = MINUTE_MS, 31 * DAY_MS
MOST_TICKS = 5
STEPS_MS = (
    10_000, 30_000, *(MINUTE_MS * count for count in (1, 2, 5, 10, 15, 30)),
    *(HOUR_MS * count for count in (1, 2, 3, 6, 12)),
    *(DAY_MS * count for count in (1, 2, 7, 14, 28, 56, 91, 182, 364)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time range (ms since 1970). `name` is set for a range that ends now, empty for a fixed one."""

    from_ms: int
    to_ms: int
    name: str = ""

    @property
    def span_ms(self) -> int:
        """Returns its length."""
        return self.to_ms - self.from_ms

    def share(self, at_ms: float) -> float:
        """Returns the position of a time, from 0 at the beginning to 1 at the end."""
        return (at_ms - self.from_ms) / self.span_ms

    def shifted(self, parts: float) -> dict[str, int]:
        """Returns the query of an equally long range, `parts` lengths later."""
        by = int(self.span_ms * parts)
        start = max(0, self.from_ms + by)
        return {"from": start, "to": start + self.span_ms}

    def scaled(self, factor: float) -> dict[str, int]:
        """Returns the query of a range with the same middle, `factor` times as long.

        >>> TimeRange(3_600_000, 7_200_000).scaled(0.5)
        {'from': 4500000, 'to': 6300000}
        """
        span = min(LONGEST_MS, max(SHORTEST_MS, int(self.span_ms * factor)))
        start = max(0, (self.from_ms + self.to_ms - span) // 2)
        return {"from": start, "to": start + span}

    def query(self) -> dict[str, object]:
        """Returns its own query; empty for the default range of a short history."""
        if self.name:
            return {} if self.name == USUAL and self.span_ms != RANGES[USUAL] else {"range": self.name}
        return {"from": self.from_ms, "to": self.to_ms}

    def ticks(self) -> list[tuple[float, str]]:
        """Returns the positions and labels of its axis (UTC): days at midnight, else times.

        >>> TimeRange(0, 3_600_000).ticks()[:2]
        [(0.0, '1 Jan'), (0.25, '00:15')]
        """
        step = next((step for step in STEPS_MS if self.span_ms / step <= MOST_TICKS), STEPS_MS[-1])
        first = -(-self.from_ms // step) * step
        return [(self.share(time_ms), _label(time_ms, step)) for time_ms in range(first, self.to_ms, step)]


def range_in(asked: Mapping[str, str], newest_ms: int, oldest_ms: int = 0) -> TimeRange:
    """Parses the range of an address: `from` and `to`, else `range` before the newest time.

    Without either it is the default range, from the oldest time on if the history is shorter.

    >>> range_in({"range": "1h"}, 7_200_000)
    TimeRange(from_ms=3600000, to_ms=7200000, name='1h')
    >>> range_in({}, 1_767_276_600_000, 1_767_276_000_000).from_ms
    1767276000000
    """
    start, end = moment_in(asked.get("from")), moment_in(asked.get("to"))
    if start is not None and end is not None and end < LATEST_MS and SHORTEST_MS <= end - start <= LONGEST_MS:
        return TimeRange(start, end)
    name = asked.get("range", "")
    if name in RANGES:
        return TimeRange(newest_ms - RANGES[name], newest_ms, name)
    return TimeRange(min(max(newest_ms - RANGES[USUAL], oldest_ms), newest_ms - SHORTEST_MS), newest_ms, USUAL)


def _label(at_ms: int, step_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    if at_ms % DAY_MS == 0:
        return f"{moment.day} {moment:%b}"
    return f"{moment:%H:%M:%S}" if step_ms < MINUTE_MS else f"{moment:%H:%M}"
