"""The sentences of an incident: they begin with the feature or source, and say what is, what usually is, what to do."""

from collections.abc import Sequence

from reports.alerting.explanations import Words
from reports.formats import clock, lasting, plural
from reports.incidents import Incident, IncidentKind, Symptom
from reports.records import Alert

MOST_OWNERS = 2

ACTIONS: dict[IncidentKind, str] = {
    "standstill": "see the log of `headrace run` and whether it is up; values are as of the last event that was read",
    "silence": "see whether the producer of {topic} is up; values stay as they were when the last event came",
    "refusals": "compare a dead letter with the definition of {source}, and ask what changed at its producer",
    "drift": "ask who owns {source} what changed{column}; if the change stays, put it into baseline_profile",
    "violations": "look at the rejected samples on the page of {feature}: is the event wrong, or the rule",
    "freshness": "see the load of the worker and of Redis (headrace_freshness_seconds), and whether a backlog is read",
}


def headline(incident: Incident, worst: str, features: Sequence[str], hanging: int) -> str:
    """The incident in a sentence. `worst` is the worst symptom's, `hanging` how many features are not judged."""
    when = _when(incident)
    if incident.kind in _CAUSE_WORDS:
        told = _CAUSE_WORDS[incident.kind].format(source=incident.source, worst=worst, when=when)
        mute = f"; {plural(hanging, 'feature')} {'is' if hanging == 1 else 'are'} not judged" if hanging else ""
        return told + (mute if incident.state == "firing" else "")
    likely = incident.likely
    if len(features) == 1:
        return f"{features[0]}: {worst}, {when}" + (f"; {incident.source}: {likely}" if likely else "")
    late = " late" if incident.kind == "freshness" else ""
    who = f"{incident.source}: " if incident.source else ""
    return f"{who}{len(features)} features{late} {when}; {likely or f'worst {worst}'}"


def told(alert: Alert, incident: Incident, symptom: Symptom) -> str:
    """The sentence of an alert: feature or source, owner, what it is and usually is, since when."""
    name = alert.feature or alert.source or "pipeline"
    whose = f" ({owners(alert.owner.split(', '))})" if alert.owner else ""
    if alert.state == "resolved":
        return f"{name}{whose}: resolved, lasted {lasted(alert.at_ms - alert.onset_ms)}; {_at_peak(alert, symptom)}"
    since = "" if alert.rule == "silence" else f", since {clock(alert.onset_ms, alert.at_ms)}"
    likely = f"; {incident.source}: {incident.likely}" if incident.likely and alert.feature else ""
    return f"{name}{whose}: {alert.summary}{since}{likely}"


def action(incident: Incident, features: Sequence[str], topic: str) -> str:
    """What to do first."""
    return ACTIONS[incident.kind].format(
        source=incident.source or "the events",
        topic=topic,
        feature=features[0] if features else "the feature",
        column=f" ({incident.likely})" if incident.likely else "",
    )


def owners(names: Sequence[str]) -> str:
    """Whose it is, in few words.

    >>> owners(["a@x.io", "b@x.io", "c@x.io"])
    'a@x.io, b@x.io and 1 more'
    """
    more = len(names) - MOST_OWNERS
    return ", ".join(names[:MOST_OWNERS]) + (f" and {more} more" if more > 0 else "")


def lasted(ms: int) -> str:
    """A duration in whole seconds.

    >>> lasted(61_400)
    '1.02 min'
    """
    return lasting(max(1_000, ms // 1_000 * 1_000))


_CAUSE_WORDS: dict[IncidentKind, str] = {
    "standstill": "pipeline: {worst} {when}",
    "silence": "{source}: {worst} {when}",
    "refusals": "{source}: {worst}, {when}",
}


def _when(incident: Incident) -> str:
    if incident.end_ms is None:
        return f"since {clock(incident.onset_ms, incident.at_ms)}"
    begun, ended = clock(incident.onset_ms, incident.at_ms), clock(incident.end_ms, incident.at_ms)
    return f"from {begun} to {ended} ({lasted(incident.end_ms - incident.onset_ms)})"


def _at_peak(alert: Alert, symptom: Symptom) -> str:
    return f"at its peak {Words(symptom.what, symptom.peak, symptom.usual).sentence}" if symptom.what else alert.summary
