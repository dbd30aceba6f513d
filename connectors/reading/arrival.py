"""Determines the arrival of messages: the producer's clock, which sets the publish time, may be ahead of ours."""

import time
from collections.abc import Callable


class ArrivalClock:
    """The earlier of a publish time and our clock (ms), which for this purpose never goes back.

    A clock that is set back would make all honest publish times look as if they were ahead. Until it has caught up, a
    monotonic clock (`elapsed`, ns) carries the time on.

    >>> wall = iter([1_000, 400, 2_000]); arrival = ArrivalClock(lambda: next(wall), elapsed=lambda: 0)
    >>> arrival.now(), arrival.now(), arrival.now()
    (1000, 1000, 2000)
    """

    def __init__(self, clock: Callable[[], int], elapsed: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock, self._elapsed = clock, elapsed
        self._wall, self._then = 0, elapsed()

    def now(self) -> int:
        """Returns the time (ms) by which everything read has arrived."""
        elapsed = self._elapsed()
        carried = self._wall + (elapsed - self._then) // 1_000_000
        wall = self._clock()
        if wall >= carried or not self._wall:
            self._wall, self._then = wall, elapsed
            return wall
        return carried
