"""Puts a process to sleep while all its inputs are idle, until the first of them is due.

The engine wakes a thousand times a second to see whether there is something to do, which costs more than all looks at
quiet inputs. So the last input that was looked at in vain keeps it asleep until the next look. That delays no event:
nothing would look for one earlier. Only timers may be late by that pause. In a cluster, where events also come from
other processes, nobody rests.
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
"""A shorter rest saves nothing; a longer one would hold up timers."""


class IdleSleep:
    """What the inputs of one process know of each other. Times are seconds of the wall clock."""

    def __init__(self, clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._looks = dict[object, float]()
        self._last_item_s = clock()

    def note_item(self) -> None:
        """An input had something."""
        self._last_item_s = self._clock()

    def until(self, part: object, look: datetime | None) -> datetime | None:
        """Sleep while no input wants to be looked at; this one wants to be then, None is at once.

        Returns when it is to be looked at: at once after a sleep, because the engine, which asks, counts from before.
        """
        self._looks[part] = 0.0 if look is None else look.timestamp()
        now = self._clock()
        self._last_item_s = min(self._last_item_s, now)  # a clock that was set back counts from here
        pause = min(min(list(self._looks.values())) - now, LONGEST_S)
        if pause < SHORTEST_S or now - self._last_item_s < QUIET_S:
            return look
        self._sleep(pause)
        self._looks[part] = 0.0
        return None

    def left(self, part: object) -> None:
        """An input has ended."""
        self._looks.pop(part, None)


class SleepingSource(WrappedSource[Item, State], Generic[Item, State]):
    """A source whose partitions let the process rest."""

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
