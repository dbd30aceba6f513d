"""Summarises all features in one sentence, and orders them for inspection."""

from collections import Counter
from collections.abc import Iterable, Sequence

from reports.formats import STATUS_WORDS, change, percent, plural
from reports.incidents import CAUSES, Incident, headline_of
from reports.moments import clock
from reports.muted_reports import muted_by_sources
from reports.plain_texts import plain
from reports.records import STATUSES, FeatureReport, IncidentHeadline, IntervalReport, SourceReport, Status

UNJUDGED: dict[Status, str] = {
    "failed": "The evaluation failed: {all} without a verdict, see the notes",
    "stale": "No feature has new values: {all} stale",
    "too_few_rows": "Too few rows to detect drift: {all} short of rows",
    "warming_up": "No drift detection yet: {all} warming up",
    "too_new": "No drift detection yet: {all} too new",
    "no_baseline": "No drift detection yet: {all} without a baseline",
}
MOST_TOLD = 3
"""Most incidents that a verdict describes in full."""
NOTHING_KNOWN = "No reports yet: the first interval has not closed"
_ACTS = {  # rule of an alert -> verb phrase for one feature, for several
    "violations": ("violates its rules", "violate their rules"),
    "freshness": ("is late", "are late"),
}


def verdict(
    features: Sequence[FeatureReport],
    sources: Sequence[SourceReport] = (),
    incidents: Iterable[Incident] = (),
    standing: str = "",
) -> str:
    """Summarises all reports: the cause first, since when, and its effect, or why nothing fires. Times are UTC.

    `standing` says that the pipeline does not run. Without `incidents`, only the reports count.

    >>> verdict(())
    'No reports yet: the first interval has not closed'
    """
    shown = [incident for incident in incidents if incident.state == "firing" and not incident.muted_by]
    parts = [standing.removesuffix(".")] if standing else []
    parts += _of_incidents(map(headline_of, shown))
    return ". ".join(parts or _of_reports(features, sources))


def _of_incidents(firing: Iterable[IncidentHeadline]) -> list[str]:
    """Summarises incidents: causes first, then the worst."""
    ordered = sorted(firing, key=_weight_of_incident)
    told = [incident.headline for incident in ordered[:MOST_TOLD]]
    more = len(ordered) - MOST_TOLD
    return [*told, plural(more, "more incident")] if more > 0 else told


def _of_reports(features: Sequence[FeatureReport], sources: Sequence[SourceReport]) -> list[str]:
    """Summarises reports alone: sources before features."""
    if not features and not sources:
        return [NOTHING_KNOWN]
    firing = [feature for feature in features if feature.status == "firing"]
    troubled = [
        f"{source.source}: {alert.summary} since {clock(alert.onset_ms, source.end_ms)}"
        for source in sources
        for alert in source.alerts
        if alert.state == "firing"
    ]
    if firing:
        troubled += _firing(firing, len(features))
    if troubled:
        return ["; ".join(troubled)]
    return [part[0].upper() + part[1:] for part in _quiet_sentences(features)]


def _weight_of_incident(incident: IncidentHeadline) -> tuple[int, float, int, str]:
    """Returns the sort key: causes first, then the worst."""
    places = {str(kind): place for place, kind in enumerate(CAUSES)}
    return places.get(incident.kind, len(CAUSES)), -incident.severity, incident.onset_ms, incident.id


def interval_of(
    start_ms: int, end_ms: int, features: Iterable[FeatureReport], sources: Iterable[SourceReport]
) -> IntervalReport:
    """Builds the report of an interval from the reports of its features and sources, sorted by name.

    Its verdict names the incidents that fired when it closed, as the pages did then.
    """
    heard = tuple(sorted(sources, key=lambda report: report.source))
    named = tuple(muted_by_sources(sorted(features, key=lambda report: report.subject.feature), heard))
    told = [report.incidents for report in named] + [report.incidents for report in heard]
    worded = sorted((incident for incidents in told for incident in incidents), key=lambda incident: incident.at_ms)
    firing = {incident.id: incident for incident in worded}
    sentence = ". ".join(_of_incidents(firing.values())) or verdict(named, heard)
    return IntervalReport(start_ms=start_ms, end_ms=end_ms, verdict=sentence, features=named, sources=heard)


def ordered(features: Iterable[FeatureReport]) -> list[FeatureReport]:
    """Sorts reports, the worst first: by status, then by severity times persistence, then by name."""
    return sorted(features, key=lambda report: (STATUSES.index(report.status), -weight(report), report.subject.feature))


def weight(report: FeatureReport) -> float:
    """Returns severity times persistence: the multiple of the threshold, times the intervals it has lasted."""
    return severity(report) * max([1, *(alert.windows for alert in report.alerts)])


def severity(report: FeatureReport) -> float:
    """Returns the worst score of drift and alerts as a multiple of its threshold; 0 without any."""
    drift = [report.worst.score / report.worst.threshold] if report.worst else []
    return max([0.0, *drift, *(alert.score / alert.threshold for alert in report.alerts if alert.threshold > 0)])


def clearest_change(report: FeatureReport) -> str:
    """Names the clearest change against the reference or, without one, the baseline; empty without either.

    >>> from reports.records import Subject, Summary
    >>> subject = Subject(feature="f", version=1, fingerprint="", entity_type="user", value_type="DOUBLE", owner="")
    >>> now, before = Summary(rows=9, mean=138.0), Summary(rows=9, mean=100.0)
    >>> known = {"subject": subject, "start_ms": 0, "end_ms": 1, "closed": True, "status": "ok", "note": ""}
    >>> clearest_change(FeatureReport(**known, summary=now, reference=before))
    'mean +38 %'
    """
    ratio, mean = compared(report, "true_ratio"), compared(report, "mean")
    if ratio:
        return f"true {percent(ratio[1])} to {percent(ratio[0])}"
    return f"mean {change(*mean)}" if mean else _most_moved(report)


def compared(report: FeatureReport, name: str) -> tuple[float, float] | None:
    """Returns a statistic now and in the reference or, without one, in the definition's baseline."""
    now: float | None = getattr(report.summary, name)
    before: float | None = getattr(report.reference, name) if report.reference else report.subject.baseline.get(name)
    return None if now is None or before is None else (now, before)


def _most_moved(report: FeatureReport) -> str:
    """Names the text whose share changed most."""
    bins, n, m = report.bins, sum(report.bins.counts), sum(report.bins.reference)
    shares = [(now / n, then / m) for now, then in zip(bins.counts, bins.reference, strict=False) if n and m]
    moves = [(abs(now - then), label, now, then) for label, (now, then) in zip(bins.labels, shares, strict=False)]
    if not moves:
        return ""
    _, label, now, then = max(moves)
    return f"{plain(label, 24)} {percent(then)} to {percent(now)}"


def _firing(firing: Sequence[FeatureReport], total: int) -> list[str]:
    by_rule: dict[str, list[FeatureReport]] = {}
    for report in firing:
        for rule in {alert.rule for alert in report.alerts} or {"drift"}:
            by_rule.setdefault(rule, []).append(report)
    drifted = by_rule.pop("drift", [])
    clauses = [_drifted(drifted, total)] if drifted else []
    for rule, reports in sorted(by_rule.items()):
        singular, several = _ACTS.get(rule, ("fires", "fire"))
        of = "" if clauses else f" of {plural(total, 'feature')}"
        clauses.append(f"{len(reports)}{of} {singular if len(reports) == 1 else several}{_since(reports, rule)}")
    return clauses


def _drifted(drifted: Sequence[FeatureReport], total: int) -> str:
    worst = ordered(drifted)[0]
    change = clearest_change(worst)
    named = f"{worst.subject.feature}, {change}" if change else worst.subject.feature
    return f"{len(drifted)} of {plural(total, 'feature')} drifted{_since(drifted, 'drift')}; worst {named}"


def _since(reports: Sequence[FeatureReport], rule: str) -> str:
    onsets = [alert.onset_ms for report in reports for alert in report.alerts if alert.rule == rule]
    return f" since {clock(min(onsets), reports[0].end_ms)}" if onsets else ""


def _quiet_sentences(features: Sequence[FeatureReport]) -> list[str]:
    """Summarises features while no alert is firing."""
    if not features:
        return ["No feature has a report"]
    counts = Counter(report.status for report in features)
    (common, count), *_ = counts.most_common(1)
    if count == len(features) and common in UNJUDGED:
        return [UNJUDGED[common].format(all=_all_of(count))]
    if counts["ok"] == len(features):
        return [f"{_all_of(count)} as expected"]
    listed = ", ".join(
        f"{counts[status]} {STATUS_WORDS[status]}" for status in STATUSES if status != "ok" and counts[status]
    )
    if counts["ok"]:
        return [f"{counts['ok']} of {plural(len(features), 'feature')} {_verb(counts['ok'])} as expected; {listed}"]
    judged = counts["pending"] + counts["resolving"]
    none = "No feature" if len(features) == 1 else f"None of {plural(len(features), 'feature')}"
    return [f"{none} {'is firing' if judged else 'has a drift score'}: {listed}"]


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"


def _all_of(count: int) -> str:
    return "the only feature is" if count == 1 else f"all {count} features are"
