"""Collects single reports by interval."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reports.delivery.store import feature_name, stamp
from reports.errors import UNDECODABLE
from reports.records import FeatureReport, IntervalReport, SourceReport
from reports.verdict import interval_of

Report = FeatureReport | SourceReport


class NoReport(ValueError):
    """A message is not a report of a closed interval."""


def read(payload: bytes) -> Report:
    """Decodes a record of the quality topic. Raises NoReport for anything else, also for names that cannot be
    stored."""
    try:
        report: Report = FeatureReport.decode(payload) if b'"subject"' in payload else SourceReport.decode(payload)
        stamp(report.start_ms)
        if isinstance(report, FeatureReport):
            feature_name(report.subject.feature)
    except (*UNDECODABLE, ValueError) as error:
        raise NoReport(f"{error}: {payload[:60]!r}") from error
    return report


@dataclass(slots=True)
class PendingInterval:
    """The reports received for one interval, and the work that remains on it."""

    start_ms: int
    end_ms: int
    since_ms: int  # wall clock when the first unwritten report arrived
    reports: dict[str, Report] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)  # features whose JSON must be written
    undrawn: list[str] = field(default_factory=list)  # features whose picture must be drawn
    written: bool = False

    def add(self, report: Report, now_ms: int) -> None:
        """Adds or replaces a report; a written interval is written again."""
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

    def merged_with(self, known: IntervalReport | None) -> IntervalReport:
        """Builds the report of the interval from the reports received, which replace those already stored."""
        parts = {report.key: report for report in _parts(known)} | self.reports
        features = [feature for feature in parts.values() if isinstance(feature, FeatureReport)]
        sources = [source for source in parts.values() if isinstance(source, SourceReport)]
        return interval_of(self.start_ms, self.end_ms, features, sources)

    @property
    def is_complete(self) -> bool:
        """Returns whether everything is written and drawn."""
        return self.written and not self.unkept and not self.undrawn


def _parts(known: IntervalReport | None) -> Iterator[Report]:
    if known is not None:
        yield from known.features
        yield from known.sources
