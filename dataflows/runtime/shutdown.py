"""Graceful shutdown: a signal sets a flag, sources end at their next batch, the run drains and exits."""

import signal
from types import FrameType

_stopping = False


def stopping() -> bool:
    """Tells whether the process is stopping."""
    return _stopping


def drain_on_signals() -> None:
    """SIGTERM and SIGINT end the run after a last checkpoint; a second one ends it at once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _tell)


def _tell(number: int, _: FrameType | None) -> None:
    global _stopping  # noqa: PLW0603 - one flag a process: a signal handler has nowhere else to say it
    if _stopping:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
    _stopping = True
