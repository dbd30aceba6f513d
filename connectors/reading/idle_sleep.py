"""Puts a process to sleep while all its inputs are idle, until the first of them is due.

The engine wakes a thousand times a second to look for work, which costs more than all polls of quiet inputs. So the
last input with an empty poll keeps it asleep until the next poll. That delays no event, because no input would poll
earlier. Only timers may be late by that pause. In a cluster, where events also arrive from other processes, no process
sleeps.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.reading.wrapped_partition import WrappedPartition, WrappedSource

Item = TypeVar("Item")
State = TypeVar("State")

QUIET_S = 2.0
"""Time since the last item of any input (s) after which its processing is complete."""
SHORTEST_S, LONGEST_S = 0.004, 0.025
"""A shorter sleep saves nothing; a longer one would delay timers."""


class IdleSleep:
    """Tracks when the inputs of one process are due. Times are seconds of the wall clock."""

    def __init__(self, clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._looks = dict[object, float]()
        self._last_item_s = clock()

    def note_item(self) -> None:
        """Records that an input had items."""
        self._last_item_s = self._clock()

    def until(self, part: object, look: datetime | None) -> datetime | None:
        """Sleeps until an input is due; `look` is when this one is due, None means at once.

        Returns when this input should be polled: at once after a sleep, because the engine counts from before it.
        """
        self._looks[part] = 0.0 if look is None else look.timestamp()
        now = self._clock()
        self._last_item_s = min(self._last_item_s, now)  # after a clock was set back, counting starts here
        pause = min(min(list(self._looks.values())) - now, LONGEST_S)
        if pause < SHORTEST_S or now - self._last_item_s < QUIET_S:
            return look
        self._sleep(pause)
        self._looks[part] = 0.0
        return None

    def left(self, part: object) -> None:
        """Forgets an input that has ended."""
        self._looks.pop(part, None)


class SleepingSource(WrappedSource[Item, State], Generic[Item, State]):
    """Wraps a source so that its partitions let the process sleep."""

    def __init__(self, source: FixedPartitionedSource[Item, State], sleeper: IdleSleep) -> None:
        super().__init__(source, lambda part: _RestingPartition(part, sleeper))


class _RestingPartition(WrappedPartition[Item, State], Generic[Item, State]):
    def __init__(self, partition: StatefulSourcePartition[Item, State], sleeper: IdleSleep) -> None:
        super().__init__(partition)
        self._sleeper = sleeper

    def next_batch(self) -> list[Item]:
        batch = list(self._partition.next_batch())
        if batch:
            self._sleeper.note_item()
        return batch

    def next_awake(self) -> datetime | None:
        return self._sleeper.until(self, self._partition.next_awake())

    def close(self) -> None:
        self._sleeper.left(self)
        self._partition.close()
