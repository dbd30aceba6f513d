"""Turns Ctrl-C and SIGTERM into an event that loops check, so that no work is interrupted midway."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopSignal:
    """Set by the first signal; `asked` counts signals, because a second one asks to hurry.

    Without `hurrying`, the count is unused, and a second signal ends the process at once: a pending operation may be
    waiting for a server that never answers.
    """

    def __init__(self, *, hurrying: bool = False) -> None:
        self._event, self._hurrying = threading.Event(), hurrying
        self.asked = 0

    def set(self) -> None:
        """Requests a stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Returns whether to stop."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Sleeps, but wakes up to stop."""
        self._event.wait(seconds)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Handles a signal; a second one ends the process unless `hurrying`."""
        if self.asked and not self._hurrying:
            sys.stderr.write("stopped at once by a second signal; the pending operation was not finished\n")
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.asked += 1
        self._event.set()


@contextmanager
def stop_on_signals(*, hurrying: bool = False) -> Iterator[StopSignal]:
    """Makes SIGINT and SIGTERM set the event inside the block; restores their handlers afterwards."""
    stop = StopSignal(hurrying=hurrying)
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
