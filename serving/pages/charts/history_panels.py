"""Defines the panels of a feature's history: one per statistic, by the kind of its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from reports import formats, moments
from reports.history import HistoryPoint
from reports.records import Status, Subject
from serving.pages.charts.history_columns import Column, Statistic

RATIO = "BOOL"
COUNT = "COUNT"
MULTIPLE = "MULTIPLE"


@dataclass(frozen=True, slots=True)
class StatisticLine:
    """A statistic over time; `look` is its class in the style sheet."""

    name: str
    of: Statistic
    look: str = "one"


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines on one axis. `kind` selects the format of values; `limit` is drawn across."""

    title: str
    kind: str
    lines: tuple[StatisticLine, ...]
    height: int = 56
    limit: float | None = None

    def text(self, value: float | None) -> str:
        """Returns a value in words."""
        if value is None:
            return moments.NOTHING
        if self.kind == RATIO:
            return formats.percent(value)
        if self.kind == MULTIPLE:
            return f"{formats.number(value, 2)}x"
        return formats.reading(value, self.kind)


def panels(subject: Subject, points: Sequence[HistoryPoint]) -> list[Panel]:
    """Lists the panels of a feature that have data."""
    statistics = [*_values(subject.value_type), *ALWAYS]
    return [panel for panel in statistics if any(line.of(point) for line in panel.lines for point in points)]


def description(column: Column, shown: Sequence[Panel]) -> str:
    """Describes a column in one sentence."""
    values = [
        f"{line.name} {panel.text(column.value(line.of))}"
        for panel in shown
        for line in panel.lines
        if line.name != "rows"
    ]
    return (
        f"{_when(column)}, {status_words(column.status)}: {', '.join([f'{formats.count(column.rows)} rows', *values])}"
    )


def status_words(status: Status) -> str:
    """Returns a status in words."""
    return formats.STATUS_WORDS[status]


def _when(column: Column) -> str:
    return f"{moments.moment(column.start_ms)} to {moments.moment(column.end_ms)[11:]} UTC"


@cache
def _values(value_type: str) -> tuple[Panel, ...]:
    if value_type == "BOOL":
        return (Panel("share of true", RATIO, (StatisticLine("true", lambda point: point.true_ratio),), 96),)
    if value_type == "STRING":
        return ()
    kind = "INT64" if value_type.startswith("ARRAY<") else value_type
    quantiles = (
        StatisticLine("p50", lambda point: point.p50),
        StatisticLine("p95", lambda point: point.p95, "two"),
        StatisticLine("p99", lambda point: point.p99, "three"),
    )
    title = "mean length" if value_type.startswith("ARRAY<") else "mean"
    return Panel(title, kind, (StatisticLine("mean", lambda point: point.mean),), 96), Panel(
        "quantiles", kind, quantiles
    )


def _null_share(point: HistoryPoint) -> float | None:
    return point.nulls / point.rows if point.rows else None


ALWAYS = (
    Panel(
        "drift relative to its threshold", MULTIPLE, (StatisticLine("drift", lambda point: point.severity),), 56, 1.0
    ),
    Panel("null", RATIO, (StatisticLine("null", _null_share),), 40),
    Panel("distinct values", COUNT, (StatisticLine("distinct", lambda point: point.distinct),), 40),
    Panel("rows per interval", COUNT, (StatisticLine("rows", lambda point: point.rows, "quiet"),), 40),
)
