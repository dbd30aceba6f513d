"""Groups the points of a history into the columns of a chart, several intervals per column if there are too many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil

from reports.history import HistoryPoint
from reports.records import STATUSES, Status
from serving.pages.charts.time_range import TimeRange

MOST = 150
"""Most columns of a chart: more can neither be told apart nor tapped on a phone."""
MOST_LINES = 50
"""Most lines of the same history as a table."""

Statistic = Callable[[HistoryPoint], float | None]


@dataclass(frozen=True, slots=True)
class Column:
    """Consecutive intervals, from `start_ms` to `end_ms` (ms since 1970)."""

    points: tuple[HistoryPoint, ...]
    _values: dict[Statistic, float | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def start_ms(self) -> int:
        """Returns the start of the first interval."""
        return self.points[0].start_ms

    @property
    def end_ms(self) -> int:
        """Returns the end of the last interval."""
        return self.points[-1].end_ms

    @property
    def status(self) -> Status:
        """Returns the worst status."""
        return min((point.status for point in self.points), key=STATUSES.index)

    @property
    def rows(self) -> int:
        """Returns the rows of all intervals."""
        return sum(point.rows for point in self.points)

    def value(self, of: Statistic) -> float | None:
        """Returns the mean of a statistic, weighted by rows; None if no interval has one."""
        if of not in self._values:  # a drawing asks several times
            self._values[of] = _weighted(self.points, of)
        return self._values[of]

    def extremes(self, of: Statistic) -> tuple[float, float] | None:
        """Returns the smallest and the largest of a statistic; None if no interval has one."""
        known = [value for point in self.points if (value := of(point)) is not None]
        return (min(known), max(known)) if known else None


def _weighted(points: Sequence[HistoryPoint], of: Statistic) -> float | None:
    known = [(value, max(1, point.rows)) for point in points if (value := of(point)) is not None]
    total = sum(rows for _, rows in known)
    return sum(value * (rows / total) for value, rows in known) if known else None


def columns(points: Sequence[HistoryPoint], span: TimeRange, most: int = MOST) -> list[Column]:
    """Groups the points of a span into at most about `most` columns of equal length, the oldest first."""
    shown = [point for point in points if point.end_ms > span.from_ms and point.start_ms < span.to_ms]
    if not shown:
        return []
    length = max(1, shown[-1].end_ms - shown[-1].start_ms)
    width = length * max(1, ceil(span.span_ms / length / most))
    return [Column(tuple(group)) for _, group in groupby(shown, key=lambda point: point.start_ms // width)]


def runs(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Splits columns where intervals are missing, so that no line crosses a gap."""
    run: list[Column] = []
    for column in columns:
        if run and column.start_ms > run[-1].end_ms + (run[-1].points[-1].end_ms - run[-1].points[-1].start_ms) // 2:
            yield run
            run = []
        run.append(column)
    if run:
        yield run
