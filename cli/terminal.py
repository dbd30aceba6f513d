"""The two streams: answers go to standard output, everything said about them to standard error."""

import sys
import time

from rich.console import Console

WIDE = None if sys.stdout.isatty() else 160  # a pipe has no width: do not fold what could be read by a program
out = Console(highlight=False, width=WIDE)
err = Console(highlight=False, stderr=True)


def now_ms() -> int:
    """The wall clock in ms."""
    return time.time_ns() // 1_000_000
