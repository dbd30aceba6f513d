"""Waits for a thread or a process."""

import time
from collections.abc import Callable


def await_that(true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Waits until a condition is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so within {seconds:.0f} s"
        time.sleep(0.02)
