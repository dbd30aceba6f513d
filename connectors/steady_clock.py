"""The time that does not go back when the machine's clock is set back, and goes forward when that does.

It is the machine's monotonic clock, put right by the newest wall clock seen: a clock that was set back (by NTP, or in
a resumed machine) would else take events of now for events of the future, and no timer of the engine would ring until
the old time has come again.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

OFFSET = "_HEADRACE_CLOCK_OFFSET_MS"
"""Where a process that starts again finds what the one before had seen of the wall clock."""


class SteadyClock:
    """`now()` in ms since 1970, `lag()` how many ms the wall clock is behind it.

    >>> wall = [1_000]
    >>> clock = SteadyClock(lambda: wall[0], lambda: 7)
    >>> wall[0] = 400
    >>> clock.now(), clock.lag()
    (1000, 600)
    """

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int], offset: int | None = None) -> None:
        self._wall, self._monotonic = wall, monotonic
        self.offset = wall() - monotonic() if offset is None else offset

    def now(self) -> int:
        """The steady time; never less than the wall clock."""
        passed, wall = self._monotonic(), self._wall()
        self.offset = max(self.offset, wall - passed)
        return passed + self.offset

    def lag(self) -> int:
        """How far the wall clock was set back and has not been set right since."""
        return self.now() - self._wall()

    def date(self, ms: int) -> datetime:
        """When the engine, which goes by the wall clock, is to do what is due at a steady time."""
        return datetime.fromtimestamp((ms - self.lag()) / 1000, UTC)


def _inherited_offset() -> int | None:
    text = os.environ.get(OFFSET)
    return int(text) if text else None


def wall_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Reads a monotonic clock with an arbitrary origin."""
    return time.monotonic_ns() // 1_000_000


STEADY = SteadyClock(wall_ms, monotonic_ms, _inherited_offset())
"""The clock of this process."""
