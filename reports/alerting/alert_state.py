"""Advances an incident over closed intervals: ok -> pending -> firing -> resolving -> ok.

It fires when `fire` of the last `of` evaluations exceed the threshold, resolves after `resolve` evaluations in a row at
or under `calm` times the threshold, and cannot fire again for `cooldown` evaluations. Muted evaluations do not count.
"""

from typing import Literal

import msgspec

Phase = Literal["ok", "pending", "firing", "resolving"]
Change = Literal["firing", "resolved"]
VERSION = 1


class Policy(msgspec.Struct, frozen=True):
    """The numbers of evaluations that fire and resolve an incident."""

    fire: int = 3
    of: int = 5
    resolve: int = 3
    calm: float = 0.8
    cooldown: int = 3


class Evaluation(msgspec.Struct, frozen=True):
    """One evaluation of a closed interval: score, threshold and start of the interval (ms)."""

    score: float
    threshold: float
    start_ms: int

    @property
    def over(self) -> bool:
        """Returns whether the score exceeds its threshold."""
        return self.score > self.threshold


class AlertState(msgspec.Struct, frozen=True, array_like=True):
    """The state of one check.

    `recent` holds the starts (ms) of the last evaluations and whether each exceeded the threshold; `looks` counts
    the evaluations since the onset.
    """

    phase: Phase = "ok"
    onset_ms: int = 0
    looks: int = 0
    calm: int = 0
    cooling: int = 0
    recent: tuple[tuple[int, bool], ...] = ()

    @property
    def alerting(self) -> bool:
        """Returns whether the incident has fired and not yet resolved."""
        return self.phase in ("firing", "resolving")

    def dump(self) -> bytes:
        """Encodes the incident as versioned bytes."""
        return msgspec.msgpack.encode((VERSION, self))

    @classmethod
    def load(cls, data: bytes) -> "AlertState":
        """Decodes a dumped incident. Raises ValueError for bytes of another version."""
        version, incident = msgspec.msgpack.decode(data, type=tuple[int, msgspec.Raw])
        if version != VERSION:
            raise ValueError(f"incident of version {version}; expected version {VERSION}")
        return msgspec.msgpack.decode(incident, type=cls)


QUIET = AlertState()


def step(incident: AlertState, look: Evaluation | None, policy: Policy) -> tuple[AlertState, Change | None]:
    """Advances an incident by one evaluation (None: muted); returns it with its change, if any.

    >>> policy, incident = Policy(fire=2, of=3), QUIET
    >>> for start in (0, 300_000):
    ...     incident, change = step(incident, Evaluation(score=0.5, threshold=0.1, start_ms=start), policy)
    >>> incident.phase, incident.onset_ms, change
    ('firing', 0, 'firing')
    """
    if look is None:
        return incident, None
    recent = (*incident.recent, (look.start_ms, look.over))[-policy.of :]
    incident = msgspec.structs.replace(incident, recent=recent)
    return _going_on(incident, look, policy) if incident.alerting else _watching(incident, policy)


def _watching(incident: AlertState, policy: Policy) -> tuple[AlertState, Change | None]:
    """Advances an incident that does not alert; during the cooldown it cannot fire."""
    starts = [start for start, over in incident.recent if over]
    cooling = max(0, incident.cooling - 1)
    if not starts:
        return AlertState(cooling=cooling, recent=incident.recent), None
    looks = sum(start >= starts[0] for start, _ in incident.recent)
    fires = len(starts) >= policy.fire and not incident.cooling
    phase: Phase = "firing" if fires else "pending"
    return AlertState(phase, starts[0], looks, 0, cooling, incident.recent), "firing" if fires else None


def _going_on(incident: AlertState, look: Evaluation, policy: Policy) -> tuple[AlertState, Change | None]:
    """Advances an incident that alerts."""
    calm = incident.calm + 1 if look.score <= policy.calm * look.threshold else 0
    if calm >= policy.resolve:
        return AlertState("ok", incident.onset_ms, incident.looks + 1, 0, policy.cooldown), "resolved"
    phase: Phase = "resolving" if calm else "firing"
    return AlertState(phase, incident.onset_ms, incident.looks + 1, calm, 0, incident.recent), None
