"""Clocks for tests, which show the time they are set to."""

from collections.abc import Mapping

from dataflows.windows.clocks import WallClock


class FakeClock:
    """A settable time (ms), and the wall clock of a shard that reads it."""

    def __init__(self, ms: int = 0) -> None:
        self.ms = ms

    def __call__(self) -> int:
        return self.ms

    def wall(self, marks: Mapping[str, int]) -> WallClock:
        """Returns the clock of a shard with these watermarks."""
        return WallClock(self, marks)
