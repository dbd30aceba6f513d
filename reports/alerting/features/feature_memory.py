"""What a monitor remembers of the closed intervals of a feature: the reference, the incidents, the trail."""

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
"""The check that the level of a drift that lasts ends."""


class _State(msgspec.Struct, array_like=True):
    """What is remembered besides the reference and the incidents."""

    last_ms: int | None = None  # end of the last interval with rows
    began_ms: int | None = None  # start of the first interval
    frozen: int = 0  # closed intervals since a drift keeps the reference as it is
    trail: tuple[float | None, ...] = ()
    oldest_ms: int | None = None  # time of the oldest row
    adopted_ms: int | None = None  # since when the reference takes over the level of a drift that lasts
    entities: ClosedEntities = msgspec.field(default_factory=ClosedEntities)
    troubles: SourceTroubles = msgspec.field(default_factory=SourceTroubles)
    courses: SourceCourses = msgspec.field(default_factory=SourceCourses)
    unlearned: int = 0  # closed intervals since the newest that the reference took


class FeatureMemory:
    """The memory of one feature, by its definition: of another one it starts over."""

    def __init__(self, subject: Subject, limits: Limits) -> None:
        self._subject, self._limits = subject, limits
        self._start_over()

    def has_closed(self, start_ms: int, earliest: int) -> bool:
        """Whether an interval was closed before `earliest`, the first that is not."""
        return self.state.began_ms is not None and self.state.began_ms <= start_ms < earliest

    def began(self, start_ms: int) -> int:
        """The start (ms) of the first interval of the feature, which may be this one."""
        return start_ms if self.state.began_ms is None else self.state.began_ms

    def note_rows(self, profile: Profile, start_ms: int, end_ms: int) -> None:
        """Takes note of when the feature was seen, before its interval is judged."""
        state = self.state
        state.began_ms = self.began(start_ms)
        state.oldest_ms = self.oldest(profile)
        if profile.rows:
            state.last_ms = end_ms

    def oldest(self, profile: Profile) -> int | None:
        """The time (ms) of the oldest row of the feature, an interval included; None before the first."""
        return min((time for time in (self.state.oldest_ms, profile.oldest_ms) if time is not None), default=None)

    def learn(self, profile: Profile, level: float | None, start_ms: int, end_ms: int, *, warm: bool) -> None:
        """A judged interval becomes part of the reference, unless it warms up or drifts; and a point of the trail.

        What sources in trouble leave of a value is never learned, however long that lasts.
        """
        state = self.state
        state.trail = self.trail_to(level)
        state.unlearned += 1
        if state.troubles.hold(start_ms, end_ms, self._subject.window_ms):
            return
        drifts = self._drifts(start_ms)
        state.frozen = state.frozen + 1 if drifts else 0
        freeze = self._limits.freeze // (2 if self.follows(start_ms) else 1)  # an evening goes on meanwhile
        if state.frozen <= freeze:
            state.adopted_ms = None
        elif state.adopted_ms is None:
            state.adopted_ms = start_ms
        if profile.rows and warm and not 0 < state.frozen <= freeze:
            self.reference.admit(profile)
            state.unlearned = 0

    def follows(self, start_ms: int) -> bool:
        """Whether values of an interval may have moved with the number of events, which is no drift.

        What else has changed in the events shows at once in values over a short window; over a long one it comes as
        slowly as evening does, and is told from it only by the events.
        """
        told = self.watch.incident(*AGAINST_REFERENCE).alerting
        courses = self.state.courses
        return self.reference.ready and bool(courses.follow(start_ms, moved=told or courses.at_once()))

    def usual(self, start_ms: int) -> tuple[ReferenceWindow, Course]:
        """What an interval is compared with, and how far that moves by itself until then."""
        if not self.follows(start_ms):
            return self.reference, STEADY
        return self.reference.lately, self.reference.course(self.state.unlearned + 1, self._limits.min_rows)

    def waits(self, rule: str, name: str, start_ms: int) -> bool:
        """Whether a check is not judged: a baseline or a data set knows no course, and cannot tell it from drift."""
        if rule != "drift" or (rule, name) == AGAINST_REFERENCE or self.watch.incident(rule, name).alerting:
            return False
        return bool(self.state.courses.follow(start_ms))

    def alerts(self) -> tuple[Alert, ...]:
        """What fires; of a drift that lasts, since when the reference takes over its level."""
        lasting = self.watch.alert(*AGAINST_REFERENCE)
        return tuple(
            msgspec.structs.replace(alert, adopted_ms=self.state.adopted_ms) if alert is lasting else alert
            for alert in self.watch.alerts()
        )

    def trail_to(self, level: float | None) -> tuple[float | None, ...]:
        """The trail up to an interval of this level."""
        return (*self.state.trail, level)[-self._limits.trail :]

    def _drifts(self, start_ms: int) -> bool:
        """Whether the newest interval belongs to a drift; of a course that goes on, one by chance is none."""
        incident = self.watch.incident(*AGAINST_REFERENCE)
        if incident.phase == "pending" and self.follows(start_ms):
            return incident.recent[-1][1]
        return incident.phase != "ok"

    def forget_reference(self) -> None:
        """The reference starts over."""
        self.reference = ReferenceWindow(kind_of(self._subject.value_type), self._limits.reference_intervals)

    def dump(self) -> bytes:
        """As versioned bytes, with the fingerprint of the definition."""
        parts = self.state, self.reference.blocks(), self.watch.dump()
        return msgspec.msgpack.encode((VERSION, self._subject.fingerprint, *parts))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped; of another definition or version it starts over instead."""
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
