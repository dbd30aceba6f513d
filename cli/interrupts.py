"""Handles Ctrl-C and SIGTERM while nothing needs draining: one line and an exit code, never a traceback.

Commands that drain replace these handlers with their own (`cli.shutdown`) and restore them afterwards.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ENDED_BY_SIGNAL = 128
"""Added to the number of a signal for the exit code: 130 for Ctrl-C, 143 for SIGTERM."""
AGAIN_S = 0.5
"""Interval of checks whether the exception came through (s)."""


class Interrupted(BaseException):
    """A signal asked the program to end. Not an Exception, so that no retry can swallow it."""


class Interruption:
    """Unwinds current work on the first signal, and ends the process at once on the second.

    Compiled code, imports and finalisers may drop or replace an exception. So it is raised again until it comes
    through, and a replacement is treated as the original.
    """

    def __init__(self) -> None:
        self.exit_code = 0
        """That of the signal; 0 before one."""

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Handles the first signal."""
        self.exit_code = ENDED_BY_SIGNAL + number
        for watched in SIGNALS:
            signal.signal(watched, self._end_at_once)
        signal.signal(signal.SIGALRM, self._again)
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S, AGAIN_S)
        raise Interrupted

    def pass_over(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Suppresses the message about a dropped exception, because it is raised again."""
        if not isinstance(unraisable.exc_value, Interrupted):
            sys.__unraisablehook__(unraisable)

    def _again(self, _number: int, _frame: FrameType | None) -> None:
        if not _unwinding(sys.exception()):
            raise Interrupted

    def _end_at_once(self, _number: int, _frame: FrameType | None) -> None:
        os._exit(self.exit_code)


@contextmanager
def interruptible() -> Iterator[None]:
    """Unwinds current work on a signal inside the block; afterwards a signal cannot interrupt the process while it
    saves.

    Raises SystemExit with the exit code of the signal.
    """
    interruption = Interruption()
    for number in SIGNALS:
        signal.signal(number, interruption.on_signal)
    sys.unraisablehook = interruption.pass_over
    try:
        yield
    except BaseException as ended:
        if not interruption.exit_code or _is_done(ended):
            raise
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        raise SystemExit(interruption.exit_code) from None
    finally:
        for number in (*SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)


def _is_done(ended: BaseException) -> bool:
    """Returns whether the command had already ended when the signal arrived."""
    return isinstance(ended, SystemExit) and not ended.code


def _unwinding(error: BaseException | None) -> bool:
    """Returns whether the exception being handled was raised here, or while that was unwinding."""
    while error is not None:
        if isinstance(error, Interrupted):
            return True
        error = error.__context__
    return False
