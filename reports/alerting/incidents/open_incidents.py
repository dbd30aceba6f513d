"""Tracks open incidents: which symptom belongs to which, what changed, and which alerts to send."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.grouping import IncidentAssignment
from reports.alerting.incidents.open_incident import OpenIncident
from reports.alerting.incidents.unseen_symptoms import UnseenSymptoms
from reports.incidents import Incident, headline_of
from reports.records import Alert, FeatureReport, SourceReport


class OpenIncidents:
    """Open incidents by id. `drain` yields those that changed since the last call, with their alerts."""

    def __init__(self, lineage: Lineage, pages_url: str, known: Mapping[str, OpenIncident]) -> None:
        self._lineage, self._pages_url = lineage, pages_url
        self.open = dict(known)
        self._homes = {key: name for name, entry in self.open.items() for key in entry.keys}
        self._of_subject: dict[tuple[str, str], set[str]] = {}
        for entry in self.open.values():
            for key in entry.keys:
                self._index(entry.alerts[key])
        self._unseen = UnseenSymptoms()
        self._changed = set[str]()
        self._outbox: dict[str, list[Alert]] = {}

    def home(self, key: str) -> str | None:
        """Returns the incident in which a symptom fires; None if it does not fire."""
        return self._homes.get(key)

    def alert(self, key: str) -> Alert | None:
        """Returns the newest alert of a symptom; None if it does not fire."""
        name = self._homes.get(key)
        return self.open[name].alerts[key] if name else None

    def of_subject(self, feature: str, source: str) -> list[str]:
        """Returns the firing symptoms of a feature, or with an empty name of a source."""
        return sorted(self._of_subject.get(_subject(feature, source), ()))

    def begin(self, home: IncidentAssignment, alert: Alert) -> None:
        """Begins a firing symptom, in an open incident or a new one; sends its alert."""
        entry = self.open.get(home.id)
        if entry is None:
            entry = self.open[home.id] = OpenIncident.begin(home.id, home.kind, home.source, home.onset_ms)
        entry.show(alert)
        self._unseen.see(alert.key)
        self._homes[alert.key] = home.id
        self._index(alert)
        self._note(home.id, alert)

    def show(self, alert: Alert) -> None:
        """Updates a firing symptom."""
        name = self._homes[alert.key]
        self.open[name].show(alert)
        self._changed.add(name)

    def end(self, key: str, at_ms: int) -> None:
        """Ends a symptom, and sends its alert."""
        name = self._homes.pop(key)
        self._unseen.see(key)
        alert = self.open[name].end(key, at_ms)
        self._of_subject[_subject(alert.feature, alert.source)].discard(key)
        self._note(name, alert)

    def expect(self, earlier: Iterable[Incident]) -> None:
        """Takes the firing incidents that an earlier run has written: their symptoms fire here, or have ended."""
        self._unseen.expect(earlier, self._homes)

    def end_unseen(self, at_ms: int, waiting: Collection[str]) -> None:
        """Ends the symptoms of an earlier run that have not fired in this one, except those that wait to."""
        for incident, symptom in self._unseen.give_up(waiting):
            entry = self.open.setdefault(incident.id, OpenIncident.earlier(incident))
            self._note(incident.id, entry.end_unseen(symptom, at_ms))

    def touch(self) -> None:
        """Marks all incidents as changed, so that they are written again."""
        self._changed.update(self.open)

    def dressed(self, alert: Alert) -> Alert:
        """Returns the alert of a symptom as reports show it: with its incident, if it fires in one."""
        name = self._homes.get(alert.key)
        return self.open[name].marked(alert, self._pages_url) if name else alert

    def with_headlines(
        self, report: FeatureReport | SourceReport, names: Collection[str]
    ) -> FeatureReport | SourceReport:
        """Returns a report with those of these incidents that are open, as they were last worded."""
        known = tuple(headline_of(self.open[name].incident) for name in sorted(names) if name in self.open)
        return msgspec.structs.replace(report, incidents=known) if known else report

    def drain(
        self, likely_of: Callable[[OpenIncident], str], hanging_of: Callable[[OpenIncident], tuple[str, ...]]
    ) -> Iterator[Incident | Alert]:
        """Yields the incidents that changed, each followed by its alerts; removes ended ones."""
        changed, self._changed = sorted(self._changed), set()
        for name in changed:
            entry = self.open[name]
            entry.word(self._lineage, likely_of(entry), hanging_of(entry))
            yield entry.incident
            for alert in self._outbox.pop(name, ()):
                yield entry.dressed(alert, self._pages_url)
            if entry.is_over:
                del self.open[name]

    def _note(self, name: str, alert: Alert) -> None:
        self._changed.add(name)
        self._outbox.setdefault(name, []).append(alert)

    def _index(self, alert: Alert) -> None:
        self._of_subject.setdefault(_subject(alert.feature, alert.source), set()).add(alert.key)


def _subject(feature: str, source: str) -> tuple[str, str]:
    return (feature, "") if feature else ("", source)
