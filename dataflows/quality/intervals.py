"""Quality intervals, and the keys that distinguish sources from features."""

from dataclasses import dataclass

import numpy as np

from dataflows.kernels.arrays import Ints
from dataflows.state import WHOLE, RowIntervals
from dataflows.windows import Now
from reports.alerting import Start

BACKLOG = 2
"""Number of interval lengths; rows older than this many before their interval come from a backlog."""
LATE_MS = 2_000
"""How long after its end (ms) an interval of a live run accepts rows, so that their profiles can still be sent."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How time is cut into intervals: by `_as_of`, or with `processing` by the clock `now`.

    In a `live` run, rows older than the accepting intervals count into the oldest of them; otherwise a backlog of weeks
    would be profiled in thousands of closed intervals. A replay keeps `behind` intervals before the newest open.
    """

    length_ms: int
    processing: bool
    now: Now
    live: bool = False
    behind: int = 1

    def oldest(self, now_ms: int) -> int:
        """Returns a time (ms) in the oldest interval that accepts rows."""
        return now_ms - LATE_MS if self.live else 0

    def parts(self) -> RowIntervals:
        """Returns the intervals in each of which an entity needs its own row."""
        return WHOLE if self.processing else RowIntervals(self.length_ms, self.oldest(self.now()))

    def past(self, start: Start) -> int:
        """Returns the time (ms) before which the rows of an interval come from a backlog."""
        return start - BACKLOG * self.length_ms

    def starts(self, times: Ints) -> Ints:
        """Returns the interval of each row by its `_as_of`."""
        now = self.now()
        times = np.full_like(times, now) if self.processing else np.maximum(times, self.oldest(now))
        starts: Ints = times // self.length_ms * self.length_ms
        return starts

    def start(self, time_ms: int) -> Start:
        """Returns the start of the interval of a time (ms)."""
        return time_ms // self.length_ms * self.length_ms
