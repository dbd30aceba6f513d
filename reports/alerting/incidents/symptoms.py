"""Tracks a symptom, a check's result for one subject, from its onset through its peak to its end."""

import msgspec

from reports.alert_keys import key_of
from reports.alerting.explanations import PlainStatistic
from reports.incidents import IncidentKind, Symptom
from reports.records import Alert

KIND_OF: dict[str, IncidentKind] = {
    "drift": "drift",
    "violations": "violations",
    "freshness": "freshness",
    "silence": "silence",
    "clock": "clock",
    "refusals": "refusals",
    "standstill": "standstill",
}
"""Maps a rule to the kind of incident it causes."""


def symptom_of(alert: Alert, known: Symptom | None) -> Symptom:
    """Returns the current symptom of an alert; keeps its peak so far."""
    severity = severity_of(alert)
    if known is None or _is_worse(alert, known):
        return Symptom(
            key=alert.key,
            feature=alert.feature,
            owner=alert.owner,
            rule=alert.rule,
            detail=alert.detail,
            what=alert.what,
            now=alert.now,
            usual=alert.usual,
            peak=alert.now,
            peak_ms=alert.at_ms,
            severity=severity if known is None else max(severity, known.severity),
            distance=alert.distance,
            onset_ms=alert.onset_ms,
            adopted_ms=alert.adopted_ms,
        )
    now = alert.now if alert.what == known.what else f"{alert.what} {alert.now}"
    return msgspec.structs.replace(known, now=now, end_ms=None, adopted_ms=alert.adopted_ms)


def _is_worse(alert: Alert, known: Symptom) -> bool:
    """Returns whether an alert is worse: by its numbers if they are of the same statistic, otherwise by its score."""
    if alert.rule == "drift" and alert.what == known.what and alert.distance and known.distance:
        return alert.distance > known.distance
    return severity_of(alert) > known.severity


def alert_of(symptom: Symptom, source: str) -> Alert:
    """Rebuilds the firing alert of a symptom of an earlier run, as far as the record of its incident tells."""
    return Alert(
        key=symptom.key,
        feature=symptom.feature,
        source=source,
        rule=symptom.rule,
        detail=symptom.detail,
        state="firing",
        onset_ms=symptom.onset_ms,
        at_ms=symptom.peak_ms,
        windows=1,
        score=symptom.severity,
        threshold=1.0,
        n=0,
        summary=PlainStatistic(symptom.what, symptom.now, symptom.usual).sentence,
        owner=symptom.owner,
        group=source,
        now=symptom.now,
        usual=symptom.usual,
        what=symptom.what,
    )


def ended(symptom: Symptom, end_ms: int) -> Symptom:
    """Returns the symptom with its end (ms)."""
    return msgspec.structs.replace(symptom, end_ms=max(end_ms, symptom.onset_ms))


def severity_of(alert: Alert) -> float:
    """Returns the score as a multiple of its threshold."""
    return alert.score / alert.threshold if alert.threshold > 0 else alert.score


def incident_id(kind: IncidentKind, subject: str, onset_ms: int) -> str:
    """Returns the id of an incident that begins with a symptom of a feature or source; the same in every replay."""
    return key_of(subject, "incident", kind, onset_ms)
