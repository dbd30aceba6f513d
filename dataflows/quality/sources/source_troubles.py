"""Tells features which of their sources are in trouble, and since when, before they learn from their values."""

from collections.abc import Callable, Iterator, Mapping

from reports.alerting import SUDDEN, Limits, Lineage, SourceTrouble
from reports.records import SourceReport

Keyed = tuple[str, SourceTrouble]


def troubles_of(lineage: Lineage, limits: Limits) -> Callable[[SourceReport], Iterator[Keyed]]:
    """Returns a function that tells the features of a source of its trouble, if a report has any."""
    hanging: Mapping[str, tuple[str, ...]] = {name: lineage.hanging_on(name) for name in lineage.sources}

    def told(report: SourceReport) -> Iterator[Keyed]:
        if (onset_ms := _onset(report, limits)) is not None:
            for feature in hanging.get(report.source, ()):
                yield feature, SourceTrouble(feature, report.source, onset_ms, report.end_ms)

    return told


def _onset(report: SourceReport, limits: Limits) -> int | None:
    """Returns since when (ms) it has been silent, refused suddenly many events, or been read late."""
    onsets = [alert.onset_ms for alert in report.alerts if alert.detail in SUDDEN]
    if report.behind_ms > limits.standstill_ms:
        onsets.append(report.end_ms - report.behind_ms)
    return min(onsets, default=None)
