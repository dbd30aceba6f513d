"""Graceful shutdown: a signal sets a flag, sources end at their next batch, the run drains and exits."""

import signal
from types import FrameType


class _Shutdown:
    """One flag per process, set by a signal handler."""

    stopping = False

    def tell(self, number: int, _: FrameType | None) -> None:
        """Stops the process at its next checkpoint, or if it is stopping already, at once."""
        if self.stopping:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.stopping = True


_SHUTDOWN = _Shutdown()


def stopping() -> bool:
    """Returns whether the process is stopping."""
    return _SHUTDOWN.stopping


def drain_on_signals() -> None:
    """Installs handlers: SIGTERM and SIGINT end the run after a last checkpoint; a second one ends it at once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _SHUTDOWN.tell)
