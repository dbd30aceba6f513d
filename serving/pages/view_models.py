"""View models: what the templates of the pages show, formatted as in the reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataflows.definitions import Feature
from reports import formats
from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport
from reports.rendering import Row
from reports.verdict import ordered, verdict
from serving.features.entity_features import EntityFeatures
from serving.features.remarks import remarks_on
from serving.quality.live_reports import LiveReports


@dataclass(frozen=True, slots=True)
class Overview:
    """The front page; `unknown` lists the features without a report."""

    verdict: str
    alerts: list[Alert]
    reports: Sequence[FeatureReport]
    sources: tuple[SourceReport, ...]
    unknown: tuple[Feature, ...]

    @property
    def rows(self) -> list[Row]:
        """Returns a line for each report, the worst first."""
        return [Row(report) for report in ordered(self.reports)]


def overview(
    known: LiveReports,
    reports: Sequence[FeatureReport],
    features: Sequence[Feature],
    incidents: Sequence[Incident] = (),
    standing: str = "",
) -> Overview:
    """Summarises the reports of all features; `standing` says that the pipeline does not run."""
    sources = known.settled_sources()
    return Overview(
        verdict=verdict(reports, sources, incidents, standing),
        alerts=firing([*reports, *sources]),
        reports=reports,
        sources=sources,
        unknown=tuple(feature for feature in features if feature.feature_name not in known.features),
    )


def firing(reports: Sequence[FeatureReport | SourceReport]) -> list[Alert]:
    """Lists the firing alerts, the oldest first."""
    alerts = [alert for report in reports for alert in report.alerts if alert.state == "firing"]
    return sorted(alerts, key=lambda alert: (alert.onset_ms, alert.key))


@dataclass(frozen=True, slots=True)
class FeatureView:
    """The value of one feature of an entity."""

    feature: Feature
    text: str
    remark: str


def readings(served: EntityFeatures, features: Sequence[Feature], now_ms: int) -> list[FeatureView]:
    """Formats the features of an entity for people."""
    return [
        FeatureView(
            feature,
            formats.stored(served.values[name := feature.feature_name], feature.value_type),
            _remark(name, served, now_ms),
        )
        for feature in features
    ]


def _remark(name: str, served: EntityFeatures, now_ms: int) -> str:
    quarantined, warming = "quarantined: the value violates a rule", "warming up: has not yet seen a whole window"
    return " · ".join(remarks_on(name, served, now_ms, quarantined=quarantined, warming=warming))
