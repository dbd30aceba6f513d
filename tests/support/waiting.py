"""Waits for a thread or a process."""

import threading
import time
from collections.abc import Callable


def await_that(true: Callable[[], bool], seconds: float = 240.0) -> None:
    """Waits until a condition is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so within {seconds:.0f} s"
        time.sleep(0.02)


def when(true: Callable[[], bool], act: Callable[..., object], *arguments: object) -> threading.Thread:
    """Acts in a thread as soon as a condition is true."""

    def acting() -> None:
        await_that(true)
        act(*arguments)

    thread = threading.Thread(target=acting)
    thread.start()
    return thread
