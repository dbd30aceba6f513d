"""Words incidents: sentences that begin with the feature or source, and give the value now, the usual one, an
action."""

from collections.abc import Sequence

from reports.alerting.explanations import PlainStatistic
from reports.formats import plural, usually
from reports.incidents import CAUSES, Incident, IncidentKind, Symptom
from reports.moments import clock, clock_span
from reports.phrases import owners, passed
from reports.records import Alert
from reports.standstill_alert import FIRST_ACTION

ACTIONS: dict[IncidentKind, str] = {
    "standstill": FIRST_ACTION,
    "silence": "check whether the producer of {topic} is running; values stay as of the last event",
    "clock": "check the clocks and time zones of the producers of {topic}; events already sent keep their times",
    "refusals": "compare a dead letter with the definition of {source}, and ask its producer what changed",
    "drift": "ask the owner of {source} what changed{column}; if the change is permanent, update baseline_profile",
    "violations": "check the rejected samples on the page of {feature}: is the event wrong, or the rule",
    "freshness": "check the load of the worker and of Redis (headrace_freshness_seconds), and for a backlog",
}

UNSEEN = "; its end was not seen, because the pipeline restarted from an earlier state"
"""Words added to a symptom that fired in an earlier run and does not in this one."""


def headline(incident: Incident, features: Sequence[str], worst: str, hang: int) -> str:
    """Words an incident: by its `worst` symptom, or by its cause and the number `hang` of affected features."""
    if incident.kind in CAUSES:
        mute = f"; {plural(hang, 'feature')} {'is' if hang == 1 else 'are'} not checked" if hang else ""
        return f"{incident.source or 'pipeline'}: {cause(incident.symptoms[0], incident.at_ms)}{mute}"
    when, likely = _when(incident.onset_ms, incident.end_ms, incident.at_ms), incident.likely
    new_level = adopted(incident.symptoms, incident.at_ms)
    if len(features) == 1:
        cause_first = f"{incident.source}: {likely}, {when}; {features[0]}: {worst}"
        return (cause_first if likely else f"{features[0]}: {worst}, {when}") + new_level
    late = " late" if incident.kind == "freshness" else ""
    who = f"{incident.source}: " if incident.source else ""
    return f"{who}{len(features)} features{late} {when}; {likely or f'worst {worst}'}{new_level}"


def adopted(symptoms: Sequence[Symptom], at_ms: int) -> str:
    """Words that a drift ends because the new level became the reference, not because values returned."""
    since = [symptom.adopted_ms for symptom in symptoms if symptom.adopted_ms is not None]
    return f"; the reference has taken the new level since {clock(min(since), at_ms)}" if since else ""


def cause(symptom: Symptom, at_ms: int) -> str:
    """Words the state of a source or the pipeline in the terms of its check."""
    value = symptom.now if symptom.end_ms is None else symptom.peak
    when = _when(symptom.onset_ms, symptom.end_ms, at_ms)
    going_on = f" ({passed(at_ms - symptom.onset_ms)})" if symptom.end_ms is None else ""
    if symptom.rule == "silence":
        return f"no event {when}{going_on}, usually {symptom.usual}"
    if symptom.rule == "standstill":
        return f"{symptom.what} {value}, {when}"
    if symptom.rule == "clock":
        return f"{symptom.what} {value} {when}, {usually(symptom.usual)}"
    return f"{value} of {symptom.what} {when}, {usually(symptom.usual)}"


def alert_text(alert: Alert, incident: Incident, symptom: Symptom) -> str:
    """Words an alert: feature or source, owner, value now and usually, since when."""
    name = alert.feature or alert.source or "pipeline"
    whose = f" ({owners(alert.owner.split(', '))})" if alert.owner else ""
    over = alert.state == "resolved"
    if not alert.feature:
        return f"{name}{whose}: {'resolved; ' if over else ''}{cause(symptom, alert.at_ms)}"
    if over:
        peak = PlainStatistic(symptom.what, symptom.peak, symptom.usual).sentence
        after = passed(alert.at_ms - alert.onset_ms)
        return f"{name}{whose}: resolved after {after}; at its peak {peak}{adopted([symptom], alert.at_ms)}"
    likely = f"; {incident.source}: {incident.likely}" if incident.likely else ""
    since = f", since {clock(alert.onset_ms, alert.at_ms)}"
    return f"{name}{whose}: {alert.summary}{since}{likely}{adopted([symptom], alert.at_ms)}"


def action(incident: Incident, features: Sequence[str], topic: str) -> str:
    """Words the first thing to do."""
    return ACTIONS[incident.kind].format(
        source=incident.source or "the events",
        topic=topic,
        feature=features[0] if features else "the feature",
        column=f" ({incident.likely})" if incident.likely else "",
    )


def _when(onset_ms: int, end_ms: int | None, at_ms: int) -> str:
    if end_ms is None:
        return f"since {clock(onset_ms, at_ms)}"
    return f"from {clock_span(onset_ms, end_ms, at_ms)} ({passed(end_ms - onset_ms)})"
