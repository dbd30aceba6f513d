"""View models of incidents: a card each, and a timeline."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports import formats
from reports.incidents import Delivery, Incident, IncidentKind, Symptom
from reports.phrases import passed
from reports.plain_texts import plain
from serving.pages.addresses import incident_path, query, web_address
from serving.pages.charts.time_range import HOUR_MS, LONGEST_MS, SHORTEST_MS

KIND_WORDS: Mapping[IncidentKind, str] = {
    "standstill": "stalled pipeline",
    "silence": "silent source",
    "clock": "wrong event times",
    "refusals": "rejected events",
    "drift": "drift",
    "violations": "rule violations",
    "freshness": "late features",
}
FEW_FEATURES = 4
LONGEST_FAILURE = 80


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident at a time (ms since 1970)."""

    incident: Incident
    now_ms: int

    @property
    def look(self) -> str:
        """Returns its state: firing, resolved, or muted while another explains it."""
        return "muted" if self.incident.state == "firing" and self.incident.muted_by else self.incident.state

    @property
    def path(self) -> str:
        """Returns the path of its page."""
        return incident_path(self.incident.id)

    @property
    def kind(self) -> str:
        """Returns the kind of incident in words."""
        return KIND_WORDS[self.incident.kind]

    @property
    def lasted(self) -> str:
        """Returns its duration in words."""
        return passed(self.incident.duration_ms(self.now_ms))

    @property
    def features(self) -> list[str]:
        """Returns the features with a symptom, the worst first, each once."""
        return [*dict.fromkeys(symptom.feature for symptom in self.incident.symptoms if symptom.feature)]

    @property
    def few(self) -> list[str]:
        """Returns the worst features."""
        return self.features[:FEW_FEATURES]

    @property
    def more(self) -> int:
        """Returns the number of other features."""
        return len(self.features) - len(self.few)

    @property
    def runbook(self) -> str:
        """Returns the address of the runbook; empty if a link may not have it."""
        return web_address(self.incident.runbook)

    def around(self) -> str:
        """Returns the query of the history from before its onset to after its end."""
        end = self.now_ms if self.incident.end_ms is None else self.incident.end_ms
        room = max(HOUR_MS, (end - self.incident.onset_ms) // 2)
        start = max(0, self.incident.onset_ms - room)
        return query({"from": start, "to": start + max(SHORTEST_MS, min(LONGEST_MS, end + room // 2 - start))})

    def symptom_look(self, symptom: Symptom) -> str:
        """Returns the state of a symptom, which can end before its incident."""
        return "resolved" if symptom.end_ms is not None else self.look


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A line of the timeline of an incident."""

    at_ms: int
    look: str
    text: str


def happenings(view: IncidentView, deliveries: Sequence[Delivery]) -> list[TimelineEntry]:
    """Lists events and deliveries of an incident, in order of time."""
    return sorted(
        (*_life(view), *_symptoms(view), *_deliveries(view.incident, deliveries)), key=lambda happening: happening.at_ms
    )


def views(incidents: Iterable[Incident], now_ms: int) -> list[IncidentView]:
    """Returns the incidents for pages: firing, then muted, then the newest."""
    all_views = [IncidentView(incident, now_ms) for incident in incidents]
    return sorted(all_views, key=lambda view: (LOOKS.index(view.look), -view.incident.onset_ms, view.incident.id))


LOOKS = ("firing", "muted", "resolved")


def _life(view: IncidentView) -> Iterator[TimelineEntry]:
    incident = view.incident
    yield TimelineEntry(incident.onset_ms, "firing", "Started.")
    worst = next(iter(incident.symptoms), None)
    yield TimelineEntry(incident.peak_ms, "firing", f"Peak{_at_peak(worst, incident) if worst else ''}.")
    if incident.end_ms is not None:
        yield TimelineEntry(incident.end_ms, "resolved", f"Resolved after {view.lasted}.")


def _symptoms(view: IncidentView) -> Iterator[TimelineEntry]:
    for symptom in view.incident.symptoms:
        about = f"{symptom.what} of {symptom.feature or view.incident.source or 'pipeline'}"
        if symptom.onset_ms != view.incident.onset_ms:
            yield TimelineEntry(symptom.onset_ms, "firing", f"New symptom: {about}.")
        if symptom.end_ms is not None and symptom.end_ms != view.incident.end_ms:
            yield TimelineEntry(symptom.end_ms, "resolved", f"Back to usual: {about}.")


def _deliveries(incident: Incident, deliveries: Sequence[Delivery]) -> Iterator[TimelineEntry]:
    """Yields the deliveries; one about an end may precede the end of the incident if only a part has ended."""
    for delivery in deliveries:
        partly = incident.end_ms is None or delivery.at_ms < incident.end_ms
        over = "a partial recovery" if partly else "the resolution"
        alert = "the firing alert" if delivery.state == "firing" else over
        yield TimelineEntry(delivery.at_ms, "told", _delivery(delivery, alert, deliveries))


def _delivery(delivery: Delivery, alert: str, deliveries: Sequence[Delivery]) -> str:
    """Words a delivery, or that a target fails: until a later delivery it is tried again."""
    if not delivery.failure:
        return f"{delivery.target} was notified of {alert}."
    reached = any(
        later.target == delivery.target and later.at_ms >= delivery.at_ms and not later.failure for later in deliveries
    )
    again = "" if reached else "; the delivery is tried again"
    return f"{delivery.target} could not be notified of {alert} ({plain(delivery.failure, LONGEST_FAILURE)}){again}."


def _at_peak(worst: Symptom, incident: Incident) -> str:
    of = worst.feature or incident.source or "pipeline"
    return f": {of}, {worst.what} {worst.peak}, {formats.usually(worst.usual)}"
