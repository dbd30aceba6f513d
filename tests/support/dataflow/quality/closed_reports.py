"""Reads the closed reports of a replay with the quality branch, in intervals of an hour."""

from reports.records import FeatureReport, SourceReport
from tests.support.dataflow.outputs import Left

INTERVAL_S = 3_600
LENGTH_MS = INTERVAL_S * 1000


def of_features(left: Left) -> dict[tuple[str, int], FeatureReport]:
    """Returns the closed reports by feature and start; a later one of the same interval replaces the earlier."""
    reports = [FeatureReport.decode(payload) for key, payload in left.reports if not key.startswith("source:")]
    return {(report.subject.feature, report.start_ms): report for report in reports}


def of_sources(left: Left) -> list[SourceReport]:
    """Returns the reports of sources, in the order in which they were sent."""
    return [SourceReport.decode(payload) for key, payload in left.reports if key.startswith("source:")]
