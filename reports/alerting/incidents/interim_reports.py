"""Keeps the reports of features whose symptoms wait to be settled; readers see them as pending until then."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.records import FeatureReport, SourceReport

Unsettled = dict[str, list[FeatureReport]]
"""Reports by feature, in order of time."""


@dataclass(frozen=True, slots=True)
class InterimReport:
    """A report as readers see it until its symptoms are settled. Then the report itself follows, which is recorded."""

    report: FeatureReport


ShownReport = FeatureReport | SourceReport | InterimReport
"""A report as readers see it."""


class InterimReports:
    """The reports that were shown as interim ones: all of closed intervals, and the newest of the open interval."""

    def __init__(self, known: Mapping[str, list[FeatureReport]]) -> None:
        self.unsettled: Unsettled = dict(known)

    def put(self, report: FeatureReport) -> None:
        """Adds a report; it replaces that of the open interval."""
        closed = [known for known in self.unsettled.get(report.key, ()) if known.closed]
        self.unsettled[report.key] = [*closed, report]

    def drop_open(self, feature: str) -> None:
        """Drops the report of the open interval, which a newer one replaces."""
        self.unsettled[feature] = [known for known in self.unsettled.get(feature, ()) if known.closed]

    def take(self, feature: str) -> list[FeatureReport]:
        """Removes and returns the reports of a feature."""
        return self.unsettled.pop(feature, [])
