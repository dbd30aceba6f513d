"""Ctrl-C and SIGTERM as an event that loops look at: nothing is torn out of the middle of its work."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Set by the first signal; `asked` counts them, because a second one means hurry.

    Without `hurrying`, nobody looks at that count, and a second signal ends the process at once: what is under way may
    wait for a server that never answers.
    """

    def __init__(self, *, hurrying: bool = False) -> None:
        self._event, self._hurrying = threading.Event(), hurrying
        self.asked = 0

    def set(self) -> None:
        """Stop soon."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake up to stop."""
        self._event.wait(seconds)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self.asked and not self._hurrying:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.asked += 1
        self._event.set()


@contextmanager
def stop_on_signals(*, hurrying: bool = False) -> Iterator[Stop]:
    """Inside, SIGINT and SIGTERM set the event; afterwards they do what they did before."""
    stop = Stop(hurrying=hurrying)
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
