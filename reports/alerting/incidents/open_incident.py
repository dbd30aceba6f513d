"""Keeps a firing incident and the alerts sent about it in step, so that pages and pager agree."""

import msgspec

from reports.alerting.incidents import incident_words as words
from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.symptoms import alert_of, ended, severity_of, symptom_of
from reports.incidents import Incident, IncidentKind, Symptom
from reports.moments import clock
from reports.records import Alert

MOST_SYMPTOMS = 200
"""Most symptoms in the record of an incident, the worst ones; alerts cover all of them."""


class OpenIncident(msgspec.Struct, array_like=True):
    """An incident with all its symptoms, and the newest alert of each, by key."""

    incident: Incident
    group: str  # name under which alerts are grouped, one per incident
    symptoms: dict[str, Symptom] = {}
    alerts: dict[str, Alert] = {}
    unseen: tuple[str, ...] = ()  # keys of symptoms of an earlier run whose end nobody saw

    @classmethod
    def begin(cls, incident_id: str, kind: IncidentKind, source: str, onset_ms: int) -> "OpenIncident":
        """Creates an incident without symptoms."""
        return cls(
            Incident(
                id=incident_id,
                kind=kind,
                state="firing",
                source=source,
                onset_ms=onset_ms,
                at_ms=onset_ms,
                peak_ms=onset_ms,
                headline="",
            ),
            f"{source or 'pipeline'}: {kind} since {clock(onset_ms)}",
        )

    @classmethod
    def earlier(cls, incident: Incident) -> "OpenIncident":
        """Creates the incident of an earlier run from its record; every symptom has ended."""
        entry = cls.begin(incident.id, incident.kind, incident.source, incident.onset_ms)
        entry.symptoms = {
            symptom.key: ended(symptom, symptom.end_ms or incident.at_ms) for symptom in incident.symptoms
        }
        entry.alerts = {symptom.key: alert_of(symptom, incident.source) for symptom in incident.symptoms}
        entry.incident = msgspec.structs.replace(incident, symptoms=())
        return entry

    @property
    def is_over(self) -> bool:
        """Returns whether no symptom fires any more."""
        return all(symptom.end_ms is not None for symptom in self.symptoms.values())

    @property
    def keys(self) -> list[str]:
        """Returns the keys of the firing symptoms."""
        return [key for key, symptom in self.symptoms.items() if symptom.end_ms is None]

    @property
    def features(self) -> list[str]:
        """Returns the features with symptoms, the worst first."""
        return list(dict.fromkeys(symptom.feature for symptom in self._ordered() if symptom.feature))

    def show(self, alert: Alert) -> None:
        """Updates a symptom from its alert."""
        self.symptoms[alert.key] = symptom_of(alert, self.symptoms.get(alert.key))
        self.alerts[alert.key] = alert
        at_ms, onset_ms = max(self.incident.at_ms, alert.at_ms), min(self.incident.onset_ms, alert.onset_ms)
        self.incident = msgspec.structs.replace(self.incident, at_ms=at_ms, onset_ms=onset_ms)

    def end(self, key: str, end_ms: int) -> Alert:
        """Ends a symptom; returns its resolved alert. The last symptom ends the incident.

        The report that shows the end may be that of an interval before the open one that last showed the symptom.
        """
        end_ms = max(end_ms, self.alerts[key].at_ms)
        self.symptoms[key] = ended(self.symptoms[key], end_ms)
        self.incident = msgspec.structs.replace(self.incident, at_ms=max(self.incident.at_ms, end_ms))
        if self.is_over:
            last_ms = max(symptom.end_ms or symptom.onset_ms for symptom in self.symptoms.values())
            self.incident = msgspec.structs.replace(self.incident, state="resolved", end_ms=last_ms)
        return msgspec.structs.replace(self.alerts[key], state="resolved", at_ms=end_ms)

    def end_unseen(self, symptom: Symptom, end_ms: int) -> Alert:
        """Ends a symptom of an earlier run; returns its resolved alert."""
        self.alerts[symptom.key] = alert_of(symptom, self.incident.source)
        self.symptoms[symptom.key] = symptom
        self.unseen = (*self.unseen, symptom.key)
        return self.end(symptom.key, end_ms)

    def word(self, lineage: Lineage, likely: str, hanging: tuple[str, ...]) -> None:
        """Words the incident. `hanging` are the features that are not judged while it lasts."""
        ordered, features = self._ordered(), self.features
        known = lineage.sources.get(self.incident.source)
        incident = msgspec.structs.replace(
            self.incident,
            symptoms=tuple(ordered[:MOST_SYMPTOMS]),
            peak_ms=ordered[0].peak_ms,
            likely=likely or self.incident.likely,
            owners=lineage.owners_of(features or hanging) or self.incident.owners,
            muted=hanging or self.incident.muted,
            runbook=lineage.runbook(features, self.incident.source),
        )
        sentence = words.headline(incident, features, self._worst(), len(hanging))
        sentence += words.UNSEEN if self.is_over and self.unseen else ""
        first = words.action(incident, features, known.topic if known else "its topic")
        self.incident = msgspec.structs.replace(incident, headline=sentence, action=first)

    def dressed(self, alert: Alert, pages_url: str) -> Alert:
        """Returns the alert of the incident to send."""
        incident = self.incident
        alert = msgspec.structs.replace(alert, owner=alert.owner or ", ".join(incident.owners))
        summary = words.alert_text(alert, incident, self.symptoms[alert.key])
        summary += words.UNSEEN if alert.key in self.unseen else ""
        marked = self.marked(alert, pages_url)
        return msgspec.structs.replace(marked, summary=summary, action=incident.action, runbook=incident.runbook)

    def marked(self, alert: Alert, pages_url: str) -> Alert:
        """Returns an alert of the incident as reports show it."""
        incident = self.incident
        link = link_of(pages_url, incident.id)
        return msgspec.structs.replace(alert, incident=incident.id, group=self.group, link=link)

    def _ordered(self) -> list[Symptom]:
        """Returns the symptoms, the worst first."""
        return sorted(self.symptoms.values(), key=lambda symptom: (-symptom.severity, symptom.feature, symptom.key))

    def _worst(self) -> str:
        """Words the worst symptom; with its feature, if there are several."""
        alerts = [self.alerts[key] for key in self.keys or self.alerts]
        worst = max(alerts, key=lambda alert: (severity_of(alert), alert.key))
        if len(self.features) <= 1:
            return worst.summary
        return f"{worst.feature}, {worst.summary}"


def link_of(pages_url: str, incident_id: str) -> str:
    """Returns the address of an incident's page; empty if the pages have no address.

    >>> link_of("http://shop:8080/", "a1")
    'http://shop:8080/incidents/a1'
    """
    return f"{pages_url.rstrip('/')}/incidents/{incident_id}" if pages_url else ""
