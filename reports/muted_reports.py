"""Mutes the newest reports while a cause lasts: their features are not judged, whatever they showed before."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from reports.incidents import CAUSES, Incident, IncidentKind
from reports.moments import clock
from reports.records import Alert, FeatureReport, SourceReport

_NAMES: Mapping[str, str] = {
    "standstill": "the standstill of the pipeline",
    "silence": "the silence of {}",
    "clock": "the wrong event times of {}",
    "refusals": "the rejected events of {}",
}


def cause_name(kind: IncidentKind, source: str) -> str:
    """Names a cause within a sentence."""
    return _NAMES[kind].format(source)


def held_note(kind: IncidentKind, source: str, onset_ms: int, at_ms: int) -> str:
    """Words why a feature is not judged."""
    return f"not checked during {cause_name(kind, source)} since {clock(onset_ms, at_ms)}"


def muted_reports(
    reports: Iterable[FeatureReport], incidents: Iterable[Incident], stalled_ms: int | None, now_ms: int
) -> tuple[FeatureReport, ...]:
    """Returns the newest reports, muted if their cause began later. `stalled_ms` is since when the pipeline stands
    still.

    A firing feature keeps firing, because its alert was already sent.
    """
    causes = [incident for incident in incidents if incident.state == "firing" and incident.kind in CAUSES]
    why = {
        name: held_note(incident.kind, incident.source, incident.onset_ms, now_ms)
        for incident in causes
        for name in incident.muted
    }
    stands = "" if stalled_ms is None else held_note("standstill", "", stalled_ms, now_ms)
    return tuple(_muted(report, stands or why.get(report.key, "")) for report in reports)


def _muted(report: FeatureReport, why: str) -> FeatureReport:
    if not why or report.alerts or report.status in ("muted", "failed"):
        return report
    return msgspec.structs.replace(report, status="muted", note=why)


def muted_by_sources(features: Sequence[FeatureReport], sources: Iterable[SourceReport]) -> list[FeatureReport]:
    """Returns the reports of an interval, muted while a source that they depend on fails.

    A live run records them so; a replay judges its subjects one by one. A feature whose alert was sent keeps firing.
    """
    causes = {source.source: alert for source in sources for alert in source.alerts if _explains(alert)}
    if not causes:
        return list(features)
    known = {report.key: report for report in features}
    return [
        _muted_by(report, [causes[name] for name in _sources(report, known) if name in causes]) for report in features
    ]


def _explains(alert: Alert) -> bool:
    """Returns whether an alert of a source is about its sudden failure; a few rejected events explain nothing."""
    return alert.state == "firing" and alert.rule in CAUSES and alert.detail == alert.rule


def _sources(report: FeatureReport, known: Mapping[str, FeatureReport]) -> set[str]:
    """Returns the sources of a feature, direct and through the features that it reads."""
    reached, names = {report.key: report}, [*report.subject.reads]
    while names:
        name = names.pop()
        if name in known and name not in reached:
            reached[name] = known[name]
            names += known[name].subject.reads
    return {report.subject.source for report in reached.values()}


def _muted_by(report: FeatureReport, causes: Sequence[Alert]) -> FeatureReport:
    length_ms = report.end_ms - report.start_ms
    first = min(causes, key=lambda alert: (CAUSES.index(_kind_of(alert)), alert.onset_ms), default=None)
    if first is None or report.status in ("muted", "failed"):
        return report
    if any(alert.incident or alert.onset_ms < first.onset_ms - length_ms for alert in report.alerts):
        return report
    note = held_note(_kind_of(first), first.source, first.onset_ms, report.end_ms)
    return msgspec.structs.replace(report, status="muted", note=note, alerts=())


def _kind_of(alert: Alert) -> IncidentKind:
    return next(kind for kind in CAUSES if kind == alert.rule)
