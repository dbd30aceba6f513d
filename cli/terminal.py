"""The two streams: answers go to standard output, everything said about them to standard error."""

import os
import sys
import time
from pathlib import Path

from rich.console import Console

WIDE = None if sys.stdout.isatty() else 160  # a pipe has no width: do not fold what could be read by a program
out = Console(highlight=False, width=WIDE)
err = Console(highlight=False, stderr=True)


def now_ms() -> int:
    """The wall clock in ms."""
    return time.time_ns() // 1_000_000


def where(path: Path) -> str:
    """A path as one would type it here."""
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near
