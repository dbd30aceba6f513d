"""Whether a source slowly has more or fewer events, as it has in the evening and in the morning."""

from collections.abc import Sequence

import msgspec

from reports.formats import number
from reports.phrases import passed

KEPT = 96
"""Intervals."""
SMOOTH, LONG = 3, 6
"""Intervals that are taken together, to see a step, and to see whether slowly more or fewer come."""
STEP = 0.15
"""Share by which fewer or more come at once in a step; what is less goes on slowly, as day and night do."""
MOVED = 1.1
"""Ratio from which there are more or fewer."""
QUIET = 10
"""Part of an interval without events at its end, from which it is none of its source's course."""
SURE = 4.0
"""Deviations of counts by chance from which a step or a slope is none."""
MINUTE_MS = 60_000
Count = tuple[int, int, int]
"""Start and end of an interval (ms), and the events in it."""


class VolumeCourse(msgspec.Struct, array_like=True):
    """The numbers of events of one source in its newest intervals, as far as they go on without a gap.

    >>> course = VolumeCourse()
    >>> for at in range(0, 6_000_000, 300_000):
    ...     course.note(at, at + 300_000, events=3_000 - at // 6_000, silent_ms=0)
    >>> course.slope
    '435 events a minute, 575 within the last 1 h 40 min'
    """

    counts: list[Count] = []

    def note(self, start_ms: int, end_ms: int, events: int, silent_ms: int) -> None:
        """Adds a closed interval; one in which events did not come from begin to end begins anew."""
        if QUIET * silent_ms > end_ms - start_ms or not events:
            self.counts = []
            return
        goes_on = self.counts and self.counts[-1][1] == start_ms
        self.counts = [*(self.counts if goes_on else ()), (start_ms, end_ms, events)][-KEPT:]

    @property
    def slope(self) -> str:
        """How many events there are and were, in words; empty unless ever more or fewer came since the last step."""
        counts = self.counts[_last_step(self.counts) :]
        sums = _sums(counts, LONG)
        if len(sums) <= LONG:
            return ""
        now, then = sums[-1], max(sums, key=lambda one: abs(one - sums[-1]))
        if abs(now - then) < SURE * (now + then) ** 0.5 or max(now, then) < MOVED * min(now, then):
            return ""
        minutes = LONG * (counts[0][1] - counts[0][0]) / MINUTE_MS
        rates = number(round(now / minutes, 1)), number(round(then / minutes, 1))
        return f"{rates[0]} events a minute, {rates[1]} within the last {passed(counts[-1][1] - counts[0][0])}"


def _sums(counts: Sequence[Count], over: int) -> list[int]:
    return [sum(events for _, _, events in counts[at : at + over]) for at in range(len(counts) - over + 1)]


def _last_step(counts: Sequence[Count]) -> int:
    """The place after the last step, at which events became more or fewer at once; 0 without one."""
    sums = _sums(counts, SMOOTH)
    pairs = enumerate(zip(sums, sums[SMOOTH:], strict=False))
    steps = [at for at, (then, now) in pairs if abs(then - now) > STEP * max(then, now) + SURE * (then + now) ** 0.5]
    return steps[-1] + SMOOTH if steps else 0
