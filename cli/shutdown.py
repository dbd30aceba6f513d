"""Turns Ctrl-C and SIGTERM into an event that loops check, so that no work is interrupted midway."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Set by the first signal; `asked` counts signals, because a second one asks to hurry."""

    def __init__(self) -> None:
        self._event = threading.Event()
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

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Handles a signal."""
        self.asked += 1
        self._event.set()


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Makes SIGINT and SIGTERM set the event inside the block; restores their handlers afterwards."""
    stop = Stop()
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
