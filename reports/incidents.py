"""Records of incidents: what is wrong, since when and why, as the pager and the pages show it.

An incident is one cause with all its symptoms. The dataflow writes it to Redis whenever it changes; alerts are derived
from it, so that pager and page agree. Times are ms since 1970.
"""

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec

from reports.records import IncidentHeadline, Record

IncidentKind = Literal["standstill", "silence", "clock", "refusals", "drift", "violations", "freshness"]
"""Kinds of incidents; the first explain the others."""
CAUSES: tuple[IncidentKind, ...] = ("standstill", "silence", "clock", "refusals")
"""Kinds of incidents that explain wrong values; each explains the following ones."""
MOST_KEPT, KEPT_MS = 500, 30 * 86_400_000
"""Number of incidents that are kept, and for how long after their end."""


def incidents_key(prefix: str) -> str:
    """Returns the Redis hash of incidents, by their id.

    >>> incidents_key("headrace")
    'headrace:_incidents'
    """
    return f"{prefix}:_incidents"


def deliveries_key(prefix: str) -> str:
    """Returns the Redis hash of deliveries: by id of the incident, a JSON array of `Delivery`.

    >>> deliveries_key("headrace")
    'headrace:_deliveries'
    """
    return f"{prefix}:_deliveries"


class Delivery(Record, frozen=True, kw_only=True):
    """A message about an incident: the target, the time, and whether it fires or is resolved.

    It was sent, or could not be sent for the reason in `failure`, and waits.
    """

    target: str  # a name such as "slack" or "risk-team@example.com", never an address with a secret
    state: Literal["firing", "resolved"]
    at_ms: int
    failure: str = ""


class Symptom(Record, frozen=True, kw_only=True):
    """One check of one subject within an incident.

    `now` and `usual` are plain numbers with their unit for people; at the `peak` the score was furthest beyond its
    threshold.
    """

    key: str  # of the alert
    feature: str  # empty for a check of a source
    owner: str
    rule: str  # drift, violations, freshness, silence, clock, refusals
    detail: str  # the measure or the validation rule
    what: str  # the statistic in words: "mean", "share of country XX"
    now: str
    usual: str
    peak: str  # `now` at the peak
    peak_ms: int
    severity: float  # score as a multiple of its threshold, at the peak
    onset_ms: int
    end_ms: int | None = None  # None while it fires
    adopted_ms: int | None = None  # since when the reference adopts the new level, if it does
    distance: float = 0.0  # of `peak` from `usual`; 0 if only scores can be compared


class Incident(Record, frozen=True, kw_only=True):
    """One cause and its symptoms, from onset to end. `id` is the same in every replay."""

    id: str
    kind: IncidentKind
    state: Literal["firing", "resolved"]
    source: str  # the likely source; empty if there is none
    onset_ms: int
    at_ms: int  # when this record was written
    peak_ms: int
    end_ms: int | None = None
    headline: str  # the cause, in a sentence that begins with the feature or source
    action: str = ""  # what to do first
    runbook: str = ""  # URL
    owners: tuple[str, ...] = ()
    symptoms: tuple[Symptom, ...] = ()  # the worst first
    muted: tuple[str, ...] = ()  # features that are not judged while it lasts
    muted_by: str = ""  # id of the incident that explains this one
    likely: str = ""  # the change in the events of the source, in plain numbers

    def concerns(self, feature: str, sources: Collection[str]) -> bool:
        """Returns whether it is about a feature that depends on these sources."""
        shows = any(symptom.feature == feature for symptom in self.symptoms)
        return shows or feature in self.muted or (self.kind in CAUSES and (not self.source or self.source in sources))

    def duration_ms(self, now_ms: int) -> int:
        """Returns its duration (ms), up to now while it fires."""
        return (now_ms if self.end_ms is None else self.end_ms) - self.onset_ms


def headline_of(incident: Incident) -> IncidentHeadline:
    """Returns an incident as the report of an interval names it."""
    severity = incident.symptoms[0].severity if incident.symptoms else 0.0
    return IncidentHeadline(
        id=incident.id,
        kind=incident.kind,
        onset_ms=incident.onset_ms,
        at_ms=incident.at_ms,
        severity=severity,
        headline=incident.headline,
    )


def decoded_incidents(fields: Mapping[bytes, bytes]) -> tuple[Incident, ...]:
    """Decodes the hash of `incidents_key`, firing incidents first, then the newest. Raises msgspec.DecodeError."""
    incidents = [Incident.decode(payload) for name, payload in fields.items() if not name.startswith(b"_")]
    return tuple(sorted(incidents, key=lambda incident: (incident.state != "firing", -incident.onset_ms, incident.id)))


def decoded_deliveries(payload: bytes | str) -> tuple[Delivery, ...]:
    """Decodes a field of `deliveries_key`. Raises msgspec.DecodeError."""
    return msgspec.json.decode(payload, type=tuple[Delivery, ...])
