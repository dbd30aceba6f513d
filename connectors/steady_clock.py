"""Tells a time that does not go back when the machine's clock is set back, and goes forward with it.

It is the machine's monotonic clock, corrected by the newest wall clock seen: with a clock that was set back (by NTP, or
in a resumed machine) live events would seem to be in the future, and no timer of the engine would fire until the old
time is reached again.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

OFFSET = "_HEADRACE_CLOCK_OFFSET_MS"
"""Environment variable by which a restarted process learns the wall clock of its predecessor."""


class SteadyClock:
    """`now()` in ms since 1970, `lag()` is how many ms the wall clock is behind it.

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
        """Returns the steady time (ms); never less than the wall clock."""
        passed, wall = self._monotonic(), self._wall()
        self.offset = max(self.offset, wall - passed)
        return passed + self.offset

    def lag(self) -> int:
        """Returns how far (ms) the wall clock was set back and not corrected since."""
        return self.now() - self._wall()

    def date(self, ms: int) -> datetime:
        """Returns when the engine, which follows the wall clock, should do what is due at a steady time (ms)."""
        return datetime.fromtimestamp((ms - self.lag()) / 1000, UTC)


def _inherited_offset() -> int | None:
    text = os.environ.get(OFFSET)
    return int(text) if text else None


def wall_ms() -> int:
    """Returns the wall clock time (ms)."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Reads a monotonic clock with an arbitrary origin."""
    return time.monotonic_ns() // 1_000_000


STEADY = SteadyClock(wall_ms, monotonic_ms, _inherited_offset())
"""The steady clock of this process."""
