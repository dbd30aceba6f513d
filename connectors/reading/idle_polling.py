"""Polling intervals of an idle input: immediate while messages arrive, longer while it is quiet.

Polling costs processor time, waiting costs latency: so the pause is short while messages have arrived recently. Quiet
inputs poll at the same moments, so that the engine wakes once for all of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUIET_MS = 2_000
"""Time without messages after which an input counts as quiet."""


@dataclass(frozen=True, slots=True)
class PollPauses:
    """Pauses between polls (ms): after the first empty poll, at most, and at most for a quiet input."""

    first_ms: int
    longest_ms: int
    quiet_ms: int


class IdlePolling:
    """Schedules the polls of one input. `clock` gives ms, `wall` the seconds since 1970 by which the engine wakes."""

    def __init__(self, pauses: PollPauses, clock: Callable[[], int], wall: Callable[[], float] = time.time) -> None:
        self._pauses, self._clock, self._wall = pauses, clock, wall
        self._pause_ms, self._found_ms = 0, clock()

    def looked(self, any_items: bool) -> None:
        """Records whether a poll found items."""
        now = self._clock()
        if any_items or now < self._found_ms:  # after a clock was set back, counting starts here
            self._found_ms = now
        self._pause_ms = 0 if any_items else min(self._pause_ms + self._pauses.first_ms, self._longest(now))

    def awake(self) -> datetime | None:
        """Returns when to poll again; None means at once."""
        if not self._pause_ms:
            return None
        seconds, pause = self._wall(), self._pause_ms
        if pause > self._pauses.longest_ms:
            pause -= int(seconds * 1000) % pause
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=pause)

    def _longest(self, now: int) -> int:
        quiet = now - self._found_ms >= QUIET_MS
        return self._pauses.quiet_ms if quiet else self._pauses.longest_ms
