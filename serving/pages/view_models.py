"""View models: what the templates of the pages show, formatted as in the reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from dataflows.definitions import Feature
from reports import formats
from reports.records import Alert, FeatureReport, SourceReport
from reports.rendering import Row, svg
from reports.verdict import ordered, severity, verdict
from serving.entity_features import EntityFeatures
from serving.live_reports import LiveReports


@dataclass(frozen=True, slots=True)
class Overview:
    """The front page; `unknown` lists the features without a report."""

    verdict: str
    alerts: list[Alert]
    rows: list[Row]
    sources: tuple[SourceReport, ...]
    unknown: tuple[Feature, ...]


def overview(known: LiveReports, features: Sequence[Feature]) -> Overview:
    """Summarises all features, the worst first."""
    reports, sources = known.settled_features(), known.settled_sources()
    return Overview(
        verdict=verdict(reports, sources),
        alerts=firing([*reports, *sources]),
        rows=[Row(report) for report in ordered(reports)],
        sources=sources,
        unknown=tuple(feature for feature in features if feature.feature_name not in known.features),
    )


def firing(reports: Sequence[FeatureReport | SourceReport]) -> list[Alert]:
    """Lists the firing alerts, the oldest first."""
    found = [alert for report in reports for alert in report.alerts if alert.state == "firing"]
    return sorted(found, key=lambda alert: (alert.onset_ms, alert.key))


def sort_keys(row: Row) -> dict[str, float | str]:
    """Returns the sort key of each column; a missing number sorts last."""
    summary, report = row.summary, row.report
    least = float("-inf")
    return {
        "name": row.name,
        "status": severity(report),
        "rows": summary.rows,
        "null": summary.nulls / summary.rows if summary.rows else least,
        "distinct": summary.distinct,
        "mean": next((one for one in (summary.true_ratio, summary.mean) if one is not None), least),
        "p95": least if summary.p95 is None else summary.p95,
        "score": report.worst.score / report.worst.threshold if report.worst else least,
        "violations": sum(rule.violations for rule in report.rules),
        "freshness": least if report.freshness.p99 is None else report.freshness.p99,
        "owner": report.subject.owner,
    }


@dataclass(frozen=True, slots=True)
class FeatureView:
    """The value of one feature of an entity."""

    feature: Feature
    text: str
    remark: str


def readings(served: EntityFeatures, features: Sequence[Feature]) -> list[FeatureView]:
    """Formats the features of an entity for people."""
    return [
        FeatureView(
            feature,
            formats.stored(served.values[name := feature.feature_name], feature.value_type),
            _remark(name, served),
        )
        for feature in features
    ]


def _remark(name: str, served: EntityFeatures) -> str:
    if name in served.quarantined:
        return "quarantined: the value violates a rule"
    if name in served.unusable:
        return served.unusable[name]
    return "warming up: has not yet seen a whole window" if name in served.warming else ""


@dataclass(frozen=True, slots=True)
class ScoreTimeline:
    """A statistic over the intervals, as a sparkline."""

    title: str
    drawing: Markup
    newest: str


def timelines(history: Sequence[FeatureReport]) -> list[ScoreTimeline]:
    """Draws null rate, mean or true ratio, quantiles and cardinality over time; omits those without data."""
    told: list[tuple[str, list[float | None]]] = [
        ("null rate", [one.summary.nulls / one.summary.rows if one.summary.rows else None for one in history]),
        ("mean", [one.summary.mean for one in history]),
        ("true ratio", [one.summary.true_ratio for one in history]),
        ("p50", [one.summary.p50 for one in history]),
        ("p95", [one.summary.p95 for one in history]),
        ("p99", [one.summary.p99 for one in history]),
        ("distinct", [one.summary.distinct for one in history]),
    ]
    return [ScoreTimeline(title, svg.sparkline(line), _newest(title, line)) for title, line in told if any(line)]


def past_incidents(history: Sequence[FeatureReport]) -> list[Alert]:
    """Lists the incidents of the history in their last state, the newest first."""
    found = {alert.key: alert for report in history for alert in report.alerts}
    return sorted(found.values(), key=lambda alert: -alert.onset_ms)


def entity_path(entity_type: str, entity: str) -> str:
    """Returns the path of an entity's page.

    >>> entity_path("user", "../a b")
    '/features/user/..%2Fa%20b'
    """
    return f"/features/{quote(entity_type, safe='')}/{quote(entity, safe='')}"


def _newest(title: str, line: Sequence[float | None]) -> str:
    last = next((value for value in reversed(line) if value is not None), None)
    return formats.percent(last) if title in {"null rate", "true ratio"} else formats.number(last)
