"""Detects that the machine's clock was set, and keeps the run going.

The engine compares the wall clock with times it has recorded: when an input should run next, when an epoch began. After
the clock is set back these lie in the future, for the size of the step, and inputs are not called. The engine cannot be
notified, so the process restarts itself as after a crash, and continues from its last snapshot with the steady time.
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
"""Offset that is attributed to slewing between two looks, and the longest stall without a log line (ms)."""


class ClockWatch:
    """Compares the wall clock with a monotonic one on each call."""

    def __init__(self, wall: Callable[[], int] = wall_ms, monotonic: Callable[[], int] = monotonic_ms) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._before = wall() - monotonic()

    def step(self) -> int:
        """Returns by how many ms the wall clock was set since the last look; negative means back, 0 means it was
        not."""
        offset = self._wall() - self._monotonic()
        step, self._before = offset - self._before, offset
        return step if abs(step) >= STEP_MS else 0


def watch_clock(checkpointed: bool) -> None:
    """Watches in a thread until the process ends."""
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
    """Ends a stopping run, which can no longer drain; the next one resumes from the last snapshot."""
    logging.shutdown()
    os._exit(0)


def _start_again() -> None:
    for handler in logging.getLogger().handlers:
        handler.flush()
    os.environ[OFFSET] = str(STEADY.offset)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
