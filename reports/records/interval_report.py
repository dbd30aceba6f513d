"""Record of all features and sources in one closed interval."""

from reports.records.feature_report import FeatureReport
from reports.records.record import Record
from reports.records.source_report import SourceReport


class IntervalReport(Record, frozen=True, kw_only=True):
    """All reports of one closed interval: the JSON twin of the HTML report."""

    start_ms: int
    end_ms: int
    verdict: str
    features: tuple[FeatureReport, ...]
    sources: tuple[SourceReport, ...] = ()
