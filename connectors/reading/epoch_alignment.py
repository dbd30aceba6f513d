"""Closes the epochs of several inputs at one moment, so that none waits for another.

The engine ends an epoch of an input when the input runs after its interval is over, which is a little late, and counts
the next interval from there. So inputs drift apart: by milliseconds per epoch if they run all the time, by half of
their sleep if they sleep. The one that is ahead may not read before the last has followed. Without correction that wait
grows with every epoch until the flow stands still for most of the interval.

Here the next epoch of all inputs ends one interval after the last of them has ended this one: a sleeping input is woken
for it, and an input that is ahead pauses for its lead. Inputs of another process are not visible, but cause waits: an
input that waited longer than usual ends its next epoch a little later, until the other has caught up.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.reading.wrapped_partition import WrappedPartition, WrappedSource

Item = TypeVar("Item")
State = TypeVar("State")

SHORTEST_S = 1.0
"""Epochs shorter than this are not aligned: inputs do not sleep past their end."""
AHEAD_S, MARGIN_S = 0.01, 0.02
"""The tolerated lead of one input; how long before the possible end of its epoch it then stops running."""
USUAL_S, STEP_S, SHARE = 0.3, 0.02, 0.05
"""The tolerated time of outputs to end an epoch, unless they never took as long; the share of the excess by which the
next epoch is postponed."""
REMEMBERED = 30


class EpochAligner:
    """Tracks the epochs of the inputs of one process; times are seconds of the wall clock."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.interval = self.due = math.inf  # unknown before the second epoch has ended
        self._latest, self._closing = 0.0, False
        self._waits, self._lengths = deque[float](maxlen=REMEMBERED), deque[float](maxlen=3 * REMEMBERED)

    def closed(self, end_s: float, before: float | None) -> None:
        """Records that an input ended its epoch, and when it ended the previous one."""
        if before is not None and end_s > before:
            self._lengths.append(end_s - before)
            self.interval = min(self._lengths)
        self._latest, self._closing = max(self._latest, end_s), True

    def opened(self) -> None:
        """Records that an input may read again, because all inputs have ended the epoch."""
        if self._closing:
            self._closing = False
            self._waits.append(self.clock() - self._latest)
            beyond = self._waits[-1] - min(*self._waits, USUAL_S)
            self.due = self._latest + self.interval + (max(STEP_S, SHARE * beyond) if beyond > STEP_S else 0.0)
            self._latest = 0.0  # after a clock was set back, counting starts here

    def awake(self, closed: float, wanted: datetime | None) -> datetime | None:
        """Returns when an input that ended its last epoch at this time should run next; `wanted` is its own request."""
        if self.interval < SHORTEST_S or self.due == math.inf:
            return wanted
        now, earliest = self.clock(), closed + self.interval
        if earliest + AHEAD_S < self.due and earliest - MARGIN_S <= now < self.due:
            return _date(self.due)
        return None if wanted is None else min(wanted, _date(max(now, earliest, self.due)))


class AlignedSource(WrappedSource[Item, State], Generic[Item, State]):
    """Wraps a source so that its partitions align their epochs."""

    def __init__(self, source: FixedPartitionedSource[Item, State], epochs: EpochAligner) -> None:
        super().__init__(source, lambda part: _PacedPartition(part, epochs))


class _PacedPartition(WrappedPartition[Item, State], Generic[Item, State]):
    def __init__(self, partition: StatefulSourcePartition[Item, State], epochs: EpochAligner) -> None:
        super().__init__(partition)
        self._epochs = epochs
        self._entered = self._left = 0.0
        self._closed: float | None = None
        self._shut = False

    def next_batch(self) -> list[Item]:
        if self._shut:
            self._shut = False
            self._epochs.opened()
        self._entered = self._epochs.clock()
        batch = list(self._partition.next_batch())
        self._left = self._epochs.clock()
        return batch

    def next_awake(self) -> datetime | None:
        wanted = self._partition.next_awake()
        return wanted if self._closed is None else self._epochs.awake(self._closed, wanted)

    def snapshot(self) -> State:
        closed, self._closed, self._shut = self._closed, self._running_since(), True
        self._epochs.closed(self._closed, closed)
        return self._partition.snapshot()

    def _running_since(self) -> float:
        """Returns the start of the running time: the engine counts from before the batch that it has just asked for."""
        now = self._epochs.clock()
        return self._entered if now - self._left < 0.002 else now


def _date(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
