"""Remembers the raw columns of sources, interval by interval, to find which moved at an onset."""

from collections.abc import Iterable, Sequence

from reports.alerting.sources.source_columns import ColumnMove, most_moved
from reports.records import ColumnProfile, SourceReport

KEPT = 24
"""Intervals kept per source."""
FIRST = 5
"""Intervals since an onset in which a move is looked for."""
Interval = tuple[int, int, tuple[ColumnProfile, ...]]
"""Start and end (ms), and the columns."""


class ColumnHistory:
    """The columns of each source in its newest intervals."""

    def __init__(self, known: dict[str, list[Interval]] | None = None) -> None:
        self.known = known or {}

    def note(self, report: SourceReport) -> None:
        """Adds a closed interval; ignores one without events."""
        if report.closed and report.columns:
            entry = report.start_ms, report.end_ms, report.columns
            self.known[report.source] = [*self.known.get(report.source, ()), entry][-KEPT:]

    def keep(self, sources: Iterable[str]) -> None:
        """Drops sources that no longer exist."""
        self.known = {name: self.known[name] for name in sources if name in self.known}

    def has_forgotten(self, source: str, onset_ms: int) -> bool:
        """Returns whether the columns of a source are no longer known from before an onset."""
        known: Sequence[Interval] = self.known.get(source, ())
        return len(known) == KEPT and known[0][1] > onset_ms

    def most_moved(self, source: str, onset_ms: int, read: frozenset[str]) -> ColumnMove | None:
        """Returns the column that moved most since an onset, among those that are read."""
        known = self.known.get(source, ())
        since = [columns for start_ms, _, columns in known if start_ms >= onset_ms][:FIRST]
        before = [columns for _, end_ms, columns in known if end_ms <= onset_ms]
        return most_moved(_read(since, read), _read(before, read))


def _read(intervals: Iterable[tuple[ColumnProfile, ...]], read: frozenset[str]) -> list[ColumnProfile]:
    return [column for columns in intervals for column in columns if column.column in read]
