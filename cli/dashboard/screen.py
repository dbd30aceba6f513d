"""Shows views: as a panel redrawn in place on a terminal, as plain lines everywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.live import Live

from cli.dashboard.panel import line, panel
from cli.dashboard.view import DashboardView
from cli.terminal import err, out
from dataflows.readable import one_line

PLAIN_EVERY_S = 5.0
LOADING = "loading the kernels; the first run compiles them, which takes a minute or two"


class Screen(Protocol):
    """Shows views as they arrive."""

    def show(self, view: DashboardView, hints: list[str]) -> None:
        """Shows the current view."""


class PanelScreen:
    """Draws the newest view over the previous one."""

    def __init__(self, live: Live, title: str) -> None:
        self._live = live
        self._title = title

    def show(self, view: DashboardView, hints: list[str]) -> None:
        """Draws the panel."""
        self._live.update(panel(view, self._title, hints), refresh=True)


class LineScreen:
    """Prints a line every few seconds, preceded by new hints."""

    def __init__(self, write: Callable[[str], None], title: str) -> None:
        self._write = write
        self._title = title
        self._due_s = 0.0
        self._unsaid: DashboardView | None = None
        self._hints: list[str] = []
        self._printed: frozenset[str] = frozenset()

    def show(self, view: DashboardView, hints: list[str]) -> None:
        """Prints the view when it is due."""
        self._unsaid, self._hints = view, hints
        if view.up_s < self._due_s:
            return
        if not self._due_s:
            self._write(self._title)
        self._due_s = view.up_s + PLAIN_EVERY_S
        self.finish()

    def finish(self) -> None:
        """Prints the newest view and its new hints, unless already printed."""
        if self._unsaid:
            for hint in self._hints:
                if hint not in self._printed:
                    self._write(hint)
            self._printed = frozenset(self._hints)
            self._write(line(self._unsaid))
        self._unsaid = None


@contextmanager
def screen(title: str, plain: bool) -> Iterator[Screen]:
    """Yields the panel on a terminal, unless plain lines are requested."""
    if plain or not out.is_terminal:
        lines = LineScreen(lambda text: print(one_line(text), flush=True), title)
        yield lines
        lines.finish()
        return
    with Live(console=out, auto_refresh=False) as live:
        yield PanelScreen(live, title)


@contextmanager
def waiting(text: str, plain: bool = False) -> Iterator[None]:
    """Shows a spinner on a terminal, a line elsewhere; on standard error, because it is no answer."""
    if plain or not err.is_terminal:
        err.print(text)
        yield
        return
    with err.status(text):
        yield
