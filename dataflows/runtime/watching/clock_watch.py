"""Notices that the machine's clock was set, and lets the run go on.

The engine compares the wall clock with times it has noted: when an input is to run next, when an epoch began. After a
step back these lie in the future, for as long as the step, and no call reaches the inputs. Nothing in the engine can be
told; so the process starts itself again, as after a crash, and goes on from its last snapshot with the steady time.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from connectors.steady_clock import OFFSET, STEADY, monotonic_ms, wall_ms
from dataflows.runtime.process.shutdown import stopping

log = logging.getLogger(__name__)

LOOK_S = 0.5
STEP_MS = 1_000
"""What clocks are slewed by in a look, and what a run may stand still without a word."""


class ClockWatch:
    """Compares the wall clock with a monotonic one on each call."""

    def __init__(self, wall: Callable[[], int] = wall_ms, monotonic: Callable[[], int] = monotonic_ms) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._before = wall() - monotonic()

    def step(self) -> int:
        """By how many ms the wall clock was set since the last look, 0 when it was not; less than 0: back."""
        offset = self._wall() - self._monotonic()
        step, self._before = offset - self._before, offset
        return step if abs(step) >= STEP_MS else 0


def watch_clock(checkpointed: bool) -> None:
    """Watches in a thread of its own for the rest of the process."""
    threading.Thread(target=_watch, args=(ClockWatch(), checkpointed), name="clock", daemon=True).start()


def _watch(watch: ClockWatch, checkpointed: bool) -> None:
    while True:
        time.sleep(LOOK_S)
        if step := watch.step():
            _report(step, checkpointed)
            if step < 0:
                _ended() if stopping() else _start_again()


def _report(step: int, checkpointed: bool) -> None:
    if step > 0:
        log.warning("the system clock was set forward by %.1f s; windows follow it", step / 1000)
        return
    origin = "its last snapshot" if checkpointed else "the topics, because it has no recovery store"
    log.warning(
        "the system clock was set back by %.1f s; the run restarts from %s and continues at the earlier time",
        -step / 1000,
        origin,
    )


def _ended() -> None:
    """A stopping run can no longer drain; the next one resumes from the last snapshot."""
    logging.shutdown()
    os._exit(0)


def _start_again() -> None:
    for handler in logging.getLogger().handlers:
        handler.flush()
    os.environ[OFFSET] = str(STEADY.offset)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
