"""What a feature is to know of its sources before it is judged: their troubles, and whether ever fewer events come."""

from collections.abc import Callable, Iterator, Mapping

from reports.alerting import SUDDEN, ColumnHistory, Limits, Lineage, SourceCourse, SourceTrouble
from reports.records import SourceReport

Keyed = tuple[str, SourceTrouble | SourceCourse]
LATELY = 6
"""Intervals in which nothing in the events may have changed, if values only follow how many there are."""
SHORT = 3
"""Intervals of a window up to which its values show a change at once."""


def troubles_of(lineage: Lineage, limits: Limits) -> Callable[[SourceReport], Iterator[Keyed]]:
    """Tells the features that hang on a source of its trouble and of its course, if its report has any."""
    hanging: Mapping[str, tuple[str, ...]] = {name: lineage.hanging_on(name) for name in lineage.sources}
    columns = ColumnHistory()

    def told(report: SourceReport) -> Iterator[Keyed]:
        columns.note(report)
        if (onset_ms := _onset(report, limits)) is not None:
            for feature in hanging.get(report.source, ()):
                yield feature, SourceTrouble(feature, report.source, onset_ms, report.end_ms)
        if report.closed:
            for feature in hanging.get(report.source, ()):
                moved = _moved(columns, report, lineage.columns_read(report.source, [feature]))
                if report.course:
                    short = lineage.window_of(feature) <= SHORT * (report.end_ms - report.start_ms)
                    yield feature, SourceCourse(feature, report.source, report.end_ms, report.course, moved, short)

    return told


def _moved(columns: ColumnHistory, report: SourceReport, read: frozenset[str]) -> bool:
    since_ms = report.end_ms - LATELY * (report.end_ms - report.start_ms)
    return columns.moved(report.source, since_ms, read) is not None


def _onset(report: SourceReport, limits: Limits) -> int | None:
    """Returns since when (ms) it has been silent, refused suddenly many events, or been read late."""
    onsets = [alert.onset_ms for alert in report.alerts if alert.detail in SUDDEN]
    if report.behind_ms > limits.standstill_ms:
        onsets.append(report.end_ms - report.behind_ms)
    return min(onsets, default=None)
