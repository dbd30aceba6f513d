"""Assigns a symptom to an incident: that of its source with the same onset, or a new one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.symptoms import KIND_OF, incident_id
from reports.incidents import Incident, IncidentKind
from reports.records import Alert

NEAR = 5
"""Most intervals between the onsets of symptoms with one cause: a check takes as many to fire."""

LATER = 60
"""Most intervals by which a long window may show later what a short one shows at once."""


@dataclass(frozen=True, slots=True)
class IncidentAssignment:
    """The incident that a symptom belongs to, already open or not."""

    id: str
    kind: IncidentKind
    source: str
    onset_ms: int

    def fits(self, alert: Alert, sources: Sequence[str], near_ms: int, later_ms: int) -> bool:
        """Returns whether a symptom of these sources belongs to it, by kind, source and time between the onsets
        (ms)."""
        late = self.kind == "freshness"
        if late != (alert.rule == "freshness") or not -near_ms <= alert.onset_ms - self.onset_ms <= later_ms:
            return False
        return late or self.source in sources or not (self.source or sources)


def homes(
    alerts: Iterable[Alert], incidents: Iterable[Incident], lineage: Lineage, length_ms: int
) -> Iterator[tuple[IncidentAssignment, Alert]]:
    """Yields the home of each new symptom; drift first, because drifting values also break rules."""
    new = sorted(alerts, key=lambda alert: (alert.rule != "drift", alert.onset_ms, alert.feature, alert.key))
    known = [
        IncidentAssignment(incident.id, incident.kind, incident.source, incident.onset_ms)
        for incident in incidents
        if incident.kind in _OF_FEATURES
    ]
    common = Counter(source for alert in new for source in lineage.sources_of(alert.feature))
    for alert in new:
        sources = lineage.sources_of(alert.feature)
        near_ms, window_ms = NEAR * length_ms, lineage.window_of(alert.feature)
        later_ms = near_ms + min(LATER * length_ms, window_ms)
        fitting = [home for home in known if home.fits(alert, sources, near_ms, later_ms)]
        if not fitting:
            known.append(_new(alert, max(sources, key=lambda name: (common[name], name), default="")))
            fitting = known[-1:]
        yield min(fitting, key=lambda home: (abs(home.onset_ms - alert.onset_ms), home.id)), alert


_OF_FEATURES: tuple[IncidentKind, ...] = ("drift", "violations", "freshness")


def _new(alert: Alert, source: str) -> IncidentAssignment:
    kind = KIND_OF[alert.rule]
    source = "" if kind == "freshness" else source
    return IncidentAssignment(incident_id(kind, alert.feature, alert.onset_ms), kind, source, alert.onset_ms)
