"""Ctrl-C and SIGTERM while there is nothing to drain yet: one line and an exit code, never a traceback.

Commands that drain put their own handlers in the place of these (`cli.stopping`) and give them back afterwards.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ENDED_BY_SIGNAL = 128
"""What is added to the number of a signal for the exit code: 130 by Ctrl-C, 143 by SIGTERM."""


AGAIN_S = 1.0
"""After this the exception is raised again, unless it came through."""


class Interrupted(BaseException):
    """The program was told to end. Not an Exception: nothing that waits or retries may pass over it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = ENDED_BY_SIGNAL + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, the first signal unwinds what is under way; a second one ends the process at once.

    Raises SystemExit with the exit code of the signal.
    """
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    unraisable, sys.unraisablehook = sys.unraisablehook, _pass_over
    try:
        yield
    except Interrupted as told:
        os.write(2, b"interrupted\n")
        raise SystemExit(told.exit_code) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, _end_at_once)
    signal.signal(signal.SIGALRM, lambda _number, _frame: _raise(number))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S, AGAIN_S)
    _raise(number)


def _raise(number: int) -> None:
    raise Interrupted(number)


def _pass_over(unraisable: "sys.UnraisableHookArgs") -> None:
    """Compiled code may drop an exception: the timer raises this one again, so nothing is to be said."""
    if not isinstance(unraisable.exc_value, Interrupted):
        sys.__unraisablehook__(unraisable)


def _end_at_once(number: int, _frame: FrameType | None) -> None:
    os._exit(ENDED_BY_SIGNAL + number)
