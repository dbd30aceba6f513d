"""Tells features about their sources before they are judged: troubles, and a steady rise or fall of events."""

from collections.abc import Callable, Iterator, Mapping

from reports.alerting import SUDDEN, ColumnHistory, Limits, Lineage, SourceCourse, SourceTrouble
from reports.records import SourceReport

Keyed = tuple[str, SourceTrouble | SourceCourse]
LATELY = 6
"""Intervals in which the events must be otherwise unchanged for values to follow their number alone."""
SHORT = 3
"""The longest window (intervals) whose values show a change at once."""


def troubles_of(lineage: Lineage, limits: Limits) -> Callable[[SourceReport], Iterator[Keyed]]:
    """Tells the features that depend on a source about its trouble and its course, if its report has any."""
    hanging: Mapping[str, tuple[str, ...]] = {name: lineage.hanging_on(name) for name in lineage.sources}
    columns = ColumnHistory()

    def troubles_of(report: SourceReport) -> Iterator[Keyed]:
        columns.note(report)
        if (onset_ms := _onset(report, limits)) is not None:
            for feature in hanging.get(report.source, ()):
                yield feature, SourceTrouble(feature, report.source, onset_ms, report.end_ms)
        if report.closed:
            for feature in hanging.get(report.source, ()):
                moved = _column_moved(columns, report, lineage.columns_read(report.source, [feature]))
                if report.course:
                    short = lineage.window_of(feature) <= SHORT * (report.end_ms - report.start_ms)
                    yield feature, SourceCourse(feature, report.source, report.end_ms, report.course, moved, short)

    return troubles_of


def _column_moved(columns: ColumnHistory, report: SourceReport, read: frozenset[str]) -> bool:
    since_ms = report.end_ms - LATELY * (report.end_ms - report.start_ms)
    return columns.most_moved(report.source, since_ms, read) is not None


def _onset(report: SourceReport, limits: Limits) -> int | None:
    """Returns since when (ms) it has been silent, refused suddenly many events, or been read late."""
    onsets = [alert.onset_ms for alert in report.alerts if alert.detail in SUDDEN]
    if report.behind_ms > limits.standstill_ms:
        onsets.append(report.end_ms - report.behind_ms)
    return min(onsets, default=None)
