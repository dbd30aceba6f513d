"""Reports that come one by one, put together by interval."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from reports.delivery.store import feature_name, stamp
from reports.records import FeatureReport, IntervalReport, SourceReport
from reports.verdict import interval_of

Report = FeatureReport | SourceReport


class NoReport(ValueError):
    """A message that is no report of a closed interval."""


def read(payload: bytes) -> Report:
    """A record of the quality topic; NoReport for anything else, also for what could not be kept by its name."""
    try:
        report: Report = FeatureReport.decode(payload) if b'"subject"' in payload else SourceReport.decode(payload)
        stamp(report.start_ms)
        if isinstance(report, FeatureReport):
            feature_name(report.subject.feature)
    except (msgspec.DecodeError, ValueError) as error:
        raise NoReport(f"{error}: {payload[:60]!r}") from error
    return report


@dataclass(slots=True)
class PendingInterval:
    """The reports received for one interval, and the work that is left on it."""

    start_ms: int
    end_ms: int
    since_ms: int  # wall clock, when the first came that is not written
    reports: dict[str, Report] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)  # features whose JSON is to be written
    undrawn: list[str] = field(default_factory=list)  # features whose picture is to be drawn
    written: bool = False

    def add(self, report: Report, now_ms: int) -> None:
        """One more; the same again replaces it, and the interval is written again."""
        key = report.key
        if self.written:
            self.written, self.since_ms = False, now_ms
        self.reports[key] = report
        if isinstance(report, FeatureReport):
            for todo in (self.unkept, self.undrawn):
                todo.extend([key] if key not in todo else [])

    def feature(self, name: str) -> FeatureReport:
        """Returns the received report of a feature."""
        report = self.reports[name]
        assert isinstance(report, FeatureReport)
        return report

    def over(self, known: IntervalReport | None) -> IntervalReport:
        """Builds the report of the interval from the reports received, which replace those already stored."""
        parts = {report.key: report for report in _parts(known)} | self.reports
        features = [feature for feature in parts.values() if isinstance(feature, FeatureReport)]
        sources = [source for source in parts.values() if isinstance(source, SourceReport)]
        return interval_of(self.start_ms, self.end_ms, features, sources)

    @property
    def is_complete(self) -> bool:
        """Whether all is written and drawn."""
        return self.written and not self.unkept and not self.undrawn


def _parts(known: IntervalReport | None) -> Iterator[Report]:
    if known is not None:
        yield from known.features
        yield from known.sources
