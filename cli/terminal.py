"""The two output streams: answers go to standard output, messages to standard error.

The output contains foreign names, ids and values. Markup, emoji codes and highlighting are off, so that every text is
shown unchanged, and no control character reaches a terminal.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from dataflows.readable import one_line, readable

WIDE = None if sys.stdout.isatty() else 160  # a pipe has no width: lines for a program are not folded


class PlainConsole(Console):
    """Shows texts unchanged; `style=` and rich.text.Text set the style."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Renders a text of any renderable, including cells of tables."""
        return super().render_str(readable(text), **{**options, "markup": False, "emoji": False, "highlight": False})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Makes the final output safe, wherever it came from."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=readable(segment.text))


out = PlainConsole(width=WIDE)
err = PlainConsole(stderr=True)


def cell(text: str, style: str = "") -> Text:
    """Returns a foreign text on one line, with a style.

    >>> cell("a\\nb").plain
    'a\\\\nb'
    """
    return Text(one_line(text), style=style)


def now_ms() -> int:
    """Returns the wall clock time (ms)."""
    return time.time_ns() // 1_000_000


def where(path: Path) -> str:
    """Returns a path as one would type it here."""
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near
