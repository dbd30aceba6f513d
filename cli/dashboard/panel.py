"""How a view looks: a panel that is drawn over in place, or one plain line for logs and pipes."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.dashboard.view import View
from cli.terminal import cell
from dataflows.readable import one_line


def panel(view: View, title: str, hints: Iterable[str]) -> RenderableType:
    """The whole picture, for a terminal."""
    parts: list[RenderableType] = [_sources(view), _entities(view), _freshness(view), _dead(view)]
    parts += [cell(hint, "dim") for hint in hints]
    heading = Text("headrace", style="bold").append(f"  up {duration(view.up_s)}  {one_line(title)}", "not bold")
    return Panel(Group(*parts), title=heading, title_align="left", padding=(1, 2))


def line(view: View) -> str:
    """The same in one line.

    >>> line(View(up_s=61.0, p50_s=0.004, p99_s=0.02))
    'up 1m01s | events/s none | rows/s none | freshness p50 4.0 ms p99 20 ms | dead letters 0'
    """
    events = " ".join(f"{each.name} {each.a_second:,.0f}" for each in view.sources) or "none"
    rows = " ".join(f"{each.name} {each.a_second:,.0f}" for each in view.entities) or "none"
    fresh = f"p50 {latency(view.p50_s)} p99 {latency(view.p99_s)}"
    dead = sum(each.total for each in view.dead)
    up = duration(view.up_s)
    return f"up {up} | events/s {events} | rows/s {rows} | freshness {fresh} | dead letters {dead:,}"


def _table(*columns: str, words: int = 1) -> Table:
    """The first `words` columns hold words, the others numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold cyan")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < words else "right", min_width=12, no_wrap=True)
    return table


def _sources(view: View) -> Table:
    table = _table("source", "events/s", "events")
    for each in view.sources:
        table.add_row(each.name, f"{each.a_second:,.0f}", f"{each.total:,}")
    return table


def _entities(view: View) -> Table:
    table = _table("\nentity", "\nrows/s", "\nfeatures", "\nentities", "\nstate")
    for each in view.entities:
        numbers = (f"{each.a_second:,.0f}", f"{each.features}", f"{each.entities:,}", size(each.state_bytes))
        table.add_row(each.name, *numbers)
    return table


def _freshness(view: View) -> Text:
    text = Text("\nfreshness  ", style="bold cyan")
    text.append(f"p50 {latency(view.p50_s)}   p99 {latency(view.p99_s)}", style="default not bold")
    return text.append("   from publish to readable in Redis", style="dim not bold")


def _dead(view: View) -> RenderableType:
    table = _table("\ndead letters", "\nreason", "\nevents", words=2)
    for each in view.dead:
        table.add_row(each.source, each.reason, f"{each.total:,}", style="yellow")
    if not view.dead:
        table.add_row("none", "", "")
    return Group(table, Text())


def latency(seconds: float | None) -> str:
    """A short time for people.

    >>> latency(None), latency(0.0042), latency(0.25), latency(3.0)
    ('-', '4.2 ms', '250 ms', '3.0 s')
    """
    if seconds is None:
        return "-"
    if seconds >= 1.0:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def duration(seconds: float) -> str:
    """A long time for people.

    >>> duration(7), duration(3720)
    ('7s', '1h02m')
    """
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02d}h"


def size(count: int) -> str:
    """Bytes for people.

    >>> size(512), size(3_400_000)
    ('512 B', '3.4 MB')
    """
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return f"{count} B"
