"""The two streams: answers go to standard output, everything said about them to standard error."""

import time

from rich.console import Console

out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


def now_ms() -> int:
    """The wall clock in ms."""
    return time.time_ns() // 1_000_000
