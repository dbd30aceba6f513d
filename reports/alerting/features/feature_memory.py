"""Remembers the closed intervals of a feature: the reference, the incidents, the trail."""

import msgspec

from reports.alerting.features.closed_entities import ClosedEntities
from reports.alerting.features.source_courses import SourceCourses
from reports.alerting.features.source_troubles import SourceTroubles
from reports.alerting.thresholds import Limits
from reports.alerting.tracker import AlertTracker, Recipient
from reports.drift import STEADY, Course, ReferenceBlock, ReferenceWindow
from reports.profiling import Profile, kind_of
from reports.records import Alert, Subject

VERSION = 2
AGAINST_REFERENCE = "drift", "reference"
"""The check that ends when the reference adopts the level of a lasting drift."""


class _State(msgspec.Struct, array_like=True):
    """The remembered state besides the reference and the incidents."""

    last_ms: int | None = None  # end of the last interval with rows
    began_ms: int | None = None  # start of the first interval
    frozen: int = 0  # closed intervals since a drift froze the reference
    trail: tuple[float | None, ...] = ()
    oldest_ms: int | None = None  # time of the oldest row
    adopted_ms: int | None = None  # since when the reference adopts the level of a lasting drift
    entities: ClosedEntities = msgspec.field(default_factory=ClosedEntities)
    troubles: SourceTroubles = msgspec.field(default_factory=SourceTroubles)
    courses: SourceCourses = msgspec.field(default_factory=SourceCourses)
    unlearned: int = 0  # closed intervals since the newest in the reference


class FeatureMemory:
    """The memory of one feature; starts over when the definition changes."""

    def __init__(self, subject: Subject, limits: Limits) -> None:
        self._subject, self._limits = subject, limits
        self._start_over()

    def began(self, start_ms: int) -> int:
        """Returns the start (ms) of the feature's first interval, which may be this one."""
        return start_ms if self.state.began_ms is None else self.state.began_ms

    def note_rows(self, profile: Profile, start_ms: int, end_ms: int) -> None:
        """Records when the feature was seen, before its interval is judged."""
        state = self.state
        state.began_ms = self.began(start_ms)
        state.oldest_ms = self.oldest(profile)
        if profile.rows:
            state.last_ms = end_ms

    def oldest(self, profile: Profile) -> int | None:
        """Returns the time (ms) of the feature's oldest row, including this interval; None before the first row."""
        return min((time for time in (self.state.oldest_ms, profile.oldest_ms) if time is not None), default=None)

    def learn(self, profile: Profile, level: float | None, start_ms: int, end_ms: int, *, warm: bool) -> None:
        """Adds a judged interval to the trail, and to the reference unless it warms up or drifts.

        Values from the time of a source trouble are never learned, however long it lasts.
        """
        state = self.state
        state.trail = self.trail_to(level)
        state.unlearned += 1
        if state.troubles.hold(start_ms, end_ms, self._subject.window_ms):
            return
        drifts = self._drifts(start_ms)
        state.frozen = state.frozen + 1 if drifts else 0
        freeze = self._limits.freeze // (2 if self.follows(start_ms) else 1)  # the rate keeps changing meanwhile
        if state.frozen <= freeze:
            state.adopted_ms = None
        elif state.adopted_ms is None:
            state.adopted_ms = start_ms
        if profile.rows and warm and not 0 < state.frozen <= freeze:
            self.reference.admit(profile, skipped=state.unlearned - 1)
            state.unlearned = 0

    def follows(self, start_ms: int) -> bool:
        """Returns whether values of an interval may have moved with the number of events, which is no drift.

        Other changes in the events show at once in values over a short window; over a long one they appear as slowly as
        the evening does, and only the events can tell them apart.
        """
        alerting = self.watch.incident(*AGAINST_REFERENCE).alerting
        courses = self.state.courses
        return self.reference.ready and bool(courses.follow(start_ms, moved=alerting or courses.at_once()))

    def usual(self, start_ms: int) -> tuple[ReferenceWindow, Course]:
        """Returns the reference to compare an interval with, and how far it moves by itself until then."""
        if not self.follows(start_ms):
            return self.reference, STEADY
        return self.reference.lately, self.reference.course(self.state.unlearned + 1, self._limits.min_rows)

    def waits(self, rule: str, name: str, start_ms: int) -> bool:
        """Returns whether a check is skipped: a baseline or a data set has no course, and cannot distinguish it from
        drift."""
        if rule != "drift" or (rule, name) == AGAINST_REFERENCE or self.watch.incident(rule, name).alerting:
            return False
        return bool(self.state.courses.follow(start_ms))

    def alerts(self) -> tuple[Alert, ...]:
        """Returns the firing alerts; a lasting drift carries the time since which the reference adopts its level."""
        lasting = self.watch.alert(*AGAINST_REFERENCE)
        return tuple(
            msgspec.structs.replace(alert, adopted_ms=self.state.adopted_ms) if alert is lasting else alert
            for alert in self.watch.alerts()
        )

    def trail_to(self, level: float | None) -> tuple[float | None, ...]:
        """Returns the trail including an interval of this level."""
        return (*self.state.trail, level)[-self._limits.trail :]

    def _drifts(self, start_ms: int) -> bool:
        """Returns whether the newest interval belongs to a drift; along a continuing course, a single chance hit does
        not."""
        incident = self.watch.incident(*AGAINST_REFERENCE)
        if incident.phase == "pending" and self.follows(start_ms):
            return incident.recent[-1][1]
        return incident.phase != "ok"

    def forget_reference(self) -> None:
        """Resets the reference."""
        self.reference = ReferenceWindow(kind_of(self._subject.value_type), self._limits.reference_intervals)

    def dump(self) -> bytes:
        """Encodes the memory as versioned bytes, with the fingerprint of the definition."""
        parts = self.state, self.reference.blocks(), self.watch.dump()
        return msgspec.msgpack.encode((VERSION, self._subject.fingerprint, *parts))

    def load(self, data: bytes) -> None:
        """Restores a dumped memory; starts over for another definition or version."""
        head = msgspec.msgpack.decode(data)[:2]
        self._start_over()
        if head == [VERSION, self._subject.fingerprint]:
            parts = tuple[int, str, _State, tuple[ReferenceBlock, ...], bytes]
            _, _, self.state, blocks, watch = msgspec.msgpack.decode(data, type=parts)
            self.reference.restore(blocks)
            self.watch.restore(watch)

    def _start_over(self) -> None:
        subject = self._subject
        group = subject.source or subject.entity_type
        recipient = Recipient(feature=subject.feature, source=subject.source, owner=subject.owner, group=group)
        self.state, self.watch = _State(), AlertTracker(recipient, self._limits.policy)
        self.forget_reference()
