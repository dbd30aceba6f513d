"""Quality intervals, and the keys that distinguish sources from features."""

from dataclasses import dataclass

import numpy as np

from dataflows.kernels.arrays import Ints
from dataflows.state import WHOLE, RowIntervals
from dataflows.windows import Now
from reports.alerting import Start

BACKLOG = 2
"""Interval lengths before an interval; rows that hold earlier come from a backlog."""
LATE_MS = 2_000
"""How long after its end an interval of a live run takes rows (ms); their profiles then have time to be sent."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How time is cut: by `_as_of`, or with `processing` by the clock `now`.

    In a `live` run what is older than the intervals that take rows counts into the oldest of them: a backlog of weeks
    would else be profiled in thousands of intervals, which are closed. A replay keeps `behind` intervals before the
    newest open.
    """

    length_ms: int
    processing: bool
    now: Now
    live: bool = False
    behind: int = 1

    def oldest(self, now_ms: int) -> int:
        """A time (ms) of the oldest interval that takes rows."""
        return now_ms - LATE_MS if self.live else 0

    def parts(self) -> RowIntervals:
        """The intervals in each of which an entity needs a row of its own."""
        return WHOLE if self.processing else RowIntervals(self.length_ms, self.oldest(self.now()))

    def past(self, start: Start) -> int:
        """Rows before this time (ms) that count into an interval come from a backlog."""
        return start - BACKLOG * self.length_ms

    def starts(self, times: Ints) -> Ints:
        """The interval of each of some rows, by their `_as_of`."""
        now = self.now()
        times = np.full_like(times, now) if self.processing else np.maximum(times, self.oldest(now))
        starts: Ints = times // self.length_ms * self.length_ms
        return starts

    def start(self, time_ms: int) -> Start:
        """Returns the start of the interval of a time (ms)."""
        return time_ms // self.length_ms * self.length_ms
