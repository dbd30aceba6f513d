"""What the pages say, in the words and drawings of the reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from dataflows.definitions import Feature
from reports import formats
from reports.records import Alert, FeatureReport, SourceReport
from reports.rendering import Row, svg
from reports.verdict import ordered, severity, verdict
from serving.client import Served
from serving.live_reports import Known


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: `unknown` are features of which nothing is known yet."""

    verdict: str
    alerts: list[Alert]
    rows: list[Row]
    sources: tuple[SourceReport, ...]
    unknown: tuple[Feature, ...]


def overview(known: Known, features: Sequence[Feature]) -> Overview:
    """All features, the worst first."""
    reports, sources = known.settled_features(), known.settled_sources()
    return Overview(
        verdict=verdict(reports, sources),
        alerts=firing([*reports, *sources]),
        rows=[Row(report) for report in ordered(reports)],
        sources=sources,
        unknown=tuple(feature for feature in features if feature.feature_name not in known.features),
    )


def firing(reports: Sequence[FeatureReport | SourceReport]) -> list[Alert]:
    """What is not over, the oldest first."""
    found = [alert for report in reports for alert in report.alerts if alert.state == "firing"]
    return sorted(found, key=lambda alert: (alert.onset_ms, alert.key))


def sort_keys(row: Row) -> dict[str, float | str]:
    """What the columns of the table are sorted by; a missing number comes last."""
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
class Reading:
    """One feature of an entity."""

    feature: Feature
    text: str
    remark: str


def readings(served: Served, features: Sequence[Feature]) -> list[Reading]:
    """The features of an entity in the words of people."""
    return [
        Reading(
            feature,
            formats.stored(served.values[name := feature.feature_name], feature.value_type),
            _remark(name, served),
        )
        for feature in features
    ]


def _remark(name: str, served: Served) -> str:
    if name in served.quarantined:
        return "quarantined: it broke a rule"
    if name in served.unusable:
        return served.unusable[name]
    return "warming up: not a whole window seen yet" if name in served.warming else ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """How a number went from interval to interval."""

    title: str
    drawing: Markup
    newest: str


def timelines(history: Sequence[FeatureReport]) -> list[Timeline]:
    """Null rate, mean or true ratio, quantiles and cardinality over time; those that exist."""
    told: list[tuple[str, list[float | None]]] = [
        ("null rate", [one.summary.nulls / one.summary.rows if one.summary.rows else None for one in history]),
        ("mean", [one.summary.mean for one in history]),
        ("true ratio", [one.summary.true_ratio for one in history]),
        ("p50", [one.summary.p50 for one in history]),
        ("p95", [one.summary.p95 for one in history]),
        ("p99", [one.summary.p99 for one in history]),
        ("distinct", [one.summary.distinct for one in history]),
    ]
    return [Timeline(title, svg.sparkline(line), _newest(title, line)) for title, line in told if any(line)]


def past_incidents(history: Sequence[FeatureReport]) -> list[Alert]:
    """Incidents of the history, each as it was last told, the newest first."""
    found = {alert.key: alert for report in history for alert in report.alerts}
    return sorted(found.values(), key=lambda alert: -alert.onset_ms)


def entity_path(entity_type: str, entity: str) -> str:
    """The page of an entity.

    >>> entity_path("user", "../a b")
    '/features/user/..%2Fa%20b'
    """
    return f"/features/{quote(entity_type, safe='')}/{quote(entity, safe='')}"


def _newest(title: str, line: Sequence[float | None]) -> str:
    last = next((value for value in reversed(line) if value is not None), None)
    return formats.percent(last) if title in {"null rate", "true ratio"} else formats.number(last)
