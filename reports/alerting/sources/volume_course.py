"""Detects a slow rise or fall in a source's number of events, as in the morning and in the evening."""

from collections.abc import Sequence

import msgspec

from reports.formats import number
from reports.phrases import passed

SMOOTH, LONG = 3, 6
"""The number of intervals summed to detect a step, and to detect a slow rise or fall."""
LOOKED_AT = 96
"""The number of newest intervals in which a slow rise or fall is looked for."""
KEPT = LOOKED_AT + 2 * SMOOTH
"""The number of intervals to keep: a step just before those looked at is still detected."""
STEP = 0.15
"""The share by which the number changes at once in a step; a smaller change is slow, like day and night."""
MOVED = 1.1
"""The ratio from which the number has changed."""
QUIET = 10
"""An interval whose last 1/QUIET has no events is left out, and so is the next one, which may begin with silence."""
SURE = 4.0
"""Deviations of counts by chance that a step or a slope must exceed."""
MINUTE_MS = 60_000
Count = tuple[int, int, int]
"""Start and end of an interval (ms), and the events in it."""


class VolumeCourse(msgspec.Struct, array_like=True):
    """The numbers of events of one source in its newest intervals with events from beginning to end.

    >>> course = VolumeCourse()
    >>> for at in range(0, 6_000_000, 300_000):
    ...     course.note(at, at + 300_000, events=3_000 - at // 6_000, silent_ms=0)
    >>> course.slope
    '435 events a minute, 575 within the last 1 h 40 min'
    """

    counts: list[Count] = []
    until_ms: int = 0  # end of the newest interval, 0 if its end had no events

    def note(self, start_ms: int, end_ms: int, events: int, silent_ms: int) -> None:
        """Adds a closed interval, unless events are missing at its beginning or end: a night without events ends no
        course."""
        whole = events > 0 and QUIET * silent_ms <= end_ms - start_ms
        if whole and (self.until_ms == start_ms or not self.counts):
            self.counts = [*self.counts, (start_ms, end_ms, events)][-KEPT:]
        self.until_ms = end_ms if whole else 0

    @property
    def slope(self) -> str:
        """Returns the numbers of events, earlier and now, in words; empty without a slow rise or fall since the last
        step."""
        counts = self.counts[max(_last_step(self.counts), len(self.counts) - LOOKED_AT) :]
        sums = _sums(counts, LONG)
        if len(sums) <= LONG:
            return ""
        now, then = sums[-1], max(sums, key=lambda events: abs(events - sums[-1]))
        if abs(now - then) < SURE * (now + then) ** 0.5 or max(now, then) < MOVED * min(now, then):
            return ""
        minutes = LONG * (counts[0][1] - counts[0][0]) / MINUTE_MS
        rates = number(round(now / minutes, 1)), number(round(then / minutes, 1))
        return f"{rates[0]} events a minute, {rates[1]} within the last {passed(counts[-1][1] - counts[0][0])}"


def _sums(counts: Sequence[Count], over: int) -> list[int]:
    return [sum(events for _, _, events in counts[first : first + over]) for first in range(len(counts) - over + 1)]


def _last_step(counts: Sequence[Count]) -> int:
    """Returns the index after the last step, a sudden change in the number of events; 0 without one."""
    sums = _sums(counts, SMOOTH)
    pairs = enumerate(zip(sums, sums[SMOOTH:], strict=False))
    steps = [
        index for index, (then, now) in pairs if abs(then - now) > STEP * max(then, now) + SURE * (then + now) ** 0.5
    ]
    return steps[-1] + SMOOTH if steps else 0
