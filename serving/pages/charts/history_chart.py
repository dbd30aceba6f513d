"""Draws the history of a feature: panels over a shared time axis, and a column for every interval.

Positions along the axis are percentages, so that texts keep their size on every screen; lines are in separate stretched
drawings. Every column shows its values to a pointer (`<title>`) and to the script that moves a cursor.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from reports.records import Status
from serving.pages.charts.history_columns import Column, Statistic, runs
from serving.pages.charts.history_panels import Panel, StatisticLine, description
from serving.pages.charts.time_grid import time_grid
from serving.pages.charts.time_range import TimeRange
from serving.pages.charts.value_axis import ValueAxis, axis_of

WIDTH = 1000
HEADING, GAP, STRIP, FOOT = 18, 10, 12, 20
HEIGHTS: dict[Status, int] = {"firing": 12, "failed": 12, "pending": 8, "resolving": 8, "ok": 3}
UNJUDGED = 5
CHARACTER = 8
"""Width of a character in a label (px), at most."""
LONGEST_HEADING = 40
"""Characters of a heading that fit a phone."""


def history_chart(columns: Sequence[Column], span: TimeRange, shown: Sequence[Panel], at_ms: int | None) -> Markup:
    """Draws the columns of a span; `at_ms` is the start of the interval that the page shows."""
    height = STRIP + sum(HEADING + panel.height + GAP for panel in shown)
    parts = [
        *time_grid(span, height),
        *_strip(columns, span),
        *_panels(columns, span, shown),
        *_highlight(columns, span, height, at_ms),
    ]
    hits = "".join(_hit(column, span, height, shown) for column in columns)
    return Markup(
        f'<svg class="history" width="100%" height="{height + FOOT}" role="img" '
        f'aria-label="{described(columns, shown)}">'
        f'{"".join(parts)}<line class="cursor" y2="{height}"/><rect class="chosen" height="{height}"/>'
        f'<g class="hits">{hits}</g></svg>'
    )


def described(columns: Sequence[Column], shown: Sequence[Panel]) -> str:
    """Describes the drawing in words: the range and the newest value of each statistic."""
    if not columns:
        return "no values in this time range"
    lines = [(panel, line) for panel in shown for line in panel.lines]
    descriptions = [f"{line.name} {_described(columns, panel, line.of)}" for panel, line in lines]
    fired = sum(column.status == "firing" for column in columns)
    firing = f"; firing in {fired} of {len(columns)} columns" if fired else ""
    return str(escape(f"History: {'; '.join(descriptions)}{firing}"))


def _described(columns: Sequence[Column], panel: Panel, of: Statistic) -> str:
    values = [value for column in columns if (value := column.value(of)) is not None]
    if not values:
        return "has no values"
    return f"between {panel.text(min(values))} and {panel.text(max(values))}, now {panel.text(values[-1])}"


def _strip(columns: Sequence[Column], span: TimeRange) -> Iterator[str]:
    """Draws the status over time: the worse, the higher."""
    for run in runs(columns):
        for status, group in groupby(run, key=lambda column: column.status):
            same, tall = list(group), HEIGHTS.get(status, UNJUDGED)
            place = _place(span, same[0].start_ms, same[-1].end_ms)
            yield f'<rect class="strip {status}" {place} y="{STRIP - tall}" height="{tall}"/>'


def _panels(columns: Sequence[Column], span: TimeRange, shown: Sequence[Panel]) -> Iterator[str]:
    top = STRIP + GAP
    for panel in shown:
        yield f'<g transform="translate(0 {top})">{"".join(_panel(columns, span, panel))}</g>'
        top += HEADING + panel.height + GAP


def _panel(columns: Sequence[Column], span: TimeRange, panel: Panel) -> Iterator[str]:
    axis = axis_of([*_values(columns, panel), *([panel.limit] if panel.limit is not None else [])])
    yield _heading(columns, panel)
    for tick in axis.ticks():
        y = HEADING + _height(axis, tick, panel)
        yield f'<line class="grid" x2="100%" y1="{y:.0f}" y2="{y:.0f}"/>'
    yield from _limit(axis, panel)
    yield (
        f'<svg y="{HEADING}" width="100%" height="{panel.height}" viewBox="0 0 {WIDTH} {panel.height}" '
        f'preserveAspectRatio="none">{"".join(_lines(columns, span, panel, axis))}</svg>'
    )
    for tick in axis.ticks():
        yield _tick(panel.text(tick), HEADING + _height(axis, tick, panel) - 2)


def _tick(text: str, y: float) -> str:
    """Draws the label of a tick over a pale box, which keeps it legible on a line."""
    width = CHARACTER * len(text)
    return (
        f'<rect class="under" x="100%" y="{y - 10:.0f}" width="{width}" height="12" transform="translate(-{width})"/>'
        f'<text x="100%" y="{y:.0f}" text-anchor="end">{escape(text)}</text>'
    )


def _heading(columns: Sequence[Column], panel: Panel) -> str:
    """Names a panel and its lines, with their newest values unless these would not fit a phone."""
    newest = [_newest(columns, panel, line) for line in panel.lines]
    fits = len(" ".join([panel.title, *newest])) <= LONGEST_HEADING
    lines = (
        f'<tspan class="{line.look}">{escape(text if fits else line.name)}</tspan>'
        for line, text in zip(panel.lines, newest, strict=True)
    )
    return f'<text y="11"><tspan class="title">{panel.title}</tspan> {" ".join(lines)}</text>'


def _newest(columns: Sequence[Column], panel: Panel, line: StatisticLine) -> str:
    named = f"{line.name} " if len(panel.lines) > 1 else ""
    return named + (panel.text(columns[-1].value(line.of)) if columns else "")


def _limit(axis: ValueAxis, panel: Panel) -> Iterator[str]:
    if panel.limit is not None:
        y = HEADING + _height(axis, panel.limit, panel)
        yield f'<line class="limit" x2="100%" y1="{y:.0f}" y2="{y:.0f}"/>'


def _lines(columns: Sequence[Column], span: TimeRange, panel: Panel, axis: ValueAxis) -> Iterator[str]:
    for line in panel.lines:
        if len(panel.lines) == 1 and any(len(column.points) > 1 for column in columns):
            yield f'<path class="band" d="{_band(columns, span, panel, axis)}"/>'
        yield f'<path class="{line.look}" d="{_path(columns, span, panel, axis, line.of)}"/>'


def _path(columns: Sequence[Column], span: TimeRange, panel: Panel, axis: ValueAxis, of: Statistic) -> str:
    drawn = []
    for run in runs([column for column in columns if column.value(of) is not None]):
        points = [f"{_across(span, column)} {_height(axis, column.value(of) or 0, panel):.1f}" for column in run]
        drawn.append(f"M{'L'.join(points)}" + ("h.1" if len(points) == 1 else ""))
    return "".join(drawn)


def _band(columns: Sequence[Column], span: TimeRange, panel: Panel, axis: ValueAxis) -> str:
    """Draws the band from the smallest to the largest value of a column's intervals."""
    of, drawn = panel.lines[0].of, []
    for run in runs([column for column in columns if column.value(of) is not None]):
        ends = [(column, column.extremes(of) or (0, 0)) for column in run]
        highs = [f"{_across(span, column)} {_height(axis, high, panel):.1f}" for column, (_, high) in ends]
        lows = [f"{_across(span, column)} {_height(axis, low, panel):.1f}" for column, (low, _) in reversed(ends)]
        drawn.append(f"M{'L'.join([*highs, *lows])}z")
    return "".join(drawn)


def _highlight(columns: Sequence[Column], span: TimeRange, height: int, at_ms: int | None) -> Iterator[str]:
    for column in columns:
        if at_ms is not None and column.start_ms <= at_ms < column.end_ms:
            yield f'<rect class="shown" {_place(span, column.start_ms, column.end_ms)} height="{height}"/>'


def _hit(column: Column, span: TimeRange, height: int, shown: Sequence[Panel]) -> str:
    place = _place(span, column.start_ms, column.end_ms)
    data = f'data-at="{column.start_ms}" data-to="{column.end_ms}"'
    return f'<rect {place} height="{height}" {data}><title>{escape(description(column, shown))}</title></rect>'


def _values(columns: Sequence[Column], panel: Panel) -> Iterator[float]:
    for line in panel.lines:
        for column in columns:
            yield from column.extremes(line.of) or ()


def _height(axis: ValueAxis, value: float, panel: Panel) -> float:
    return (panel.height - 2) * (1 - axis.share(value)) + 1


def _across(span: TimeRange, column: Column) -> str:
    return f"{WIDTH * span.share((column.start_ms + column.end_ms) / 2):.1f}"


def _place(span: TimeRange, start_ms: int, end_ms: int) -> str:
    start, end = max(0.0, span.share(start_ms)), min(1.0, span.share(end_ms))
    return f'x="{_percent(start)}" width="{_percent(max(0.0, end - start))}"'


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
