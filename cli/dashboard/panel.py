"""Formats a view: as a panel that is redrawn in place, or as one plain line for logs and pipes."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.dashboard.view import DashboardView
from cli.terminal import cell
from dataflows.readable import one_line
from reports.formats import size
from reports.moments import elapsed, seconds


def panel(view: DashboardView, title: str, hints: Iterable[str]) -> RenderableType:
    """Returns the whole picture for a terminal."""
    parts: list[RenderableType] = [_sources(view), _entities(view), _freshness(view), _dead(view)]
    parts += [cell(hint, "dim") for hint in hints]
    heading = Text("headrace", style="bold").append(f"  up {elapsed(view.up_s)}  {one_line(title)}", "not bold")
    return Panel(Group(*parts), title=heading, title_align="left", padding=(1, 2))


def line(view: DashboardView) -> str:
    """Returns the view in one line.

    >>> line(DashboardView(up_s=61.0, p50_s=0.004, p99_s=0.02))
    'up 1m01s | events/s none | rows/s none | freshness p50 4 ms p99 20 ms | dead letters 0'
    """
    events = " ".join(f"{source.name} {source.a_second:,.0f}" for source in view.sources) or "none"
    rows = " ".join(f"{entity.name} {entity.a_second:,.0f}" for entity in view.entities) or "none"
    latency = f"p50 {seconds(view.p50_s)} p99 {seconds(view.p99_s)}"
    dead = sum(letters.total for letters in view.dead)
    up = elapsed(view.up_s)
    return f"up {up} | events/s {events} | rows/s {rows} | freshness {latency} | dead letters {dead:,}"


def _table(*columns: str, words: int = 1) -> Table:
    """Creates a table whose first `words` columns hold words, the others numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold cyan")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < words else "right", min_width=12, no_wrap=True)
    return table


def _sources(view: DashboardView) -> Table:
    table = _table("source", "events/s", "events")
    for source in view.sources:
        table.add_row(source.name, f"{source.a_second:,.0f}", f"{source.total:,}")
    return table


def _entities(view: DashboardView) -> Table:
    table = _table("\nentity", "\nrows/s", "\nfeatures", "\nentities", "\nstate")
    for entity in view.entities:
        numbers = (f"{entity.a_second:,.0f}", f"{entity.features}", f"{entity.entities:,}", size(entity.state_bytes))
        table.add_row(entity.name, *numbers)
    return table


def _freshness(view: DashboardView) -> Text:
    text = Text("\nfreshness  ", style="bold cyan")
    text.append(f"p50 {seconds(view.p50_s)}   p99 {seconds(view.p99_s)}", style="default not bold")
    return text.append("   from publish to readable in Redis", style="dim not bold")


def _dead(view: DashboardView) -> RenderableType:
    table = _table("\ndead letters", "\nreason", "\nevents", words=2)
    for letters in view.dead:
        table.add_row(letters.source, letters.reason, f"{letters.total:,}", style="yellow")
    if not view.dead:
        table.add_row("none", "", "")
    return Group(table, Text())
