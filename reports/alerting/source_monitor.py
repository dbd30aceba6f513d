"""Monitor of one source: raises alerts for silence (a dead man's switch) and for rejected events."""

import msgspec

from reports.alerting.checks import Finding
from reports.alerting.explanations import percent
from reports.alerting.incident import key_of
from reports.alerting.thresholds import Limits
from reports.alerting.tracker import Told, Watch
from reports.drift import of_share
from reports.profiling import newest
from reports.records import Alert, Sample, SourceReport

VERSION = 1


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of a source's events in part of an interval; parts can be merged in any order.

    `events` counts all arrivals, rejected ones included; `arrived_ms` is the time of the last arrival, by the clock
    that defines the intervals.

    >>> (Intake(events=2, rejects={"late": 1}) + Intake(events=3, rejects={"late": 2})).rejects
    {'late': 3}
    """

    events: int = 0
    rejects: dict[str, int] = {}
    samples: tuple[Sample, ...] = ()
    newest_ms: int | None = None
    arrived_ms: int | None = None

    def __add__(self, other: "Intake") -> "Intake":
        """Merges two counts; keeps the newest samples."""
        reasons = sorted(self.rejects.keys() | other.rejects.keys())
        return Intake(
            events=self.events + other.events,
            rejects={reason: self.rejects.get(reason, 0) + other.rejects.get(reason, 0) for reason in reasons},
            samples=newest((*self.samples, *other.samples)),
            newest_ms=latest(self.newest_ms, other.newest_ms),
            arrived_ms=latest(self.arrived_ms, other.arrived_ms),
        )

    def dump(self) -> bytes:
        """Encodes the counts as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def load(cls, data: bytes) -> "Intake":
        """Decodes dumped counts."""
        return msgspec.msgpack.decode(data, type=cls)


class _State(msgspec.Struct, array_like=True):
    began_ms: int | None = None  # start of the first interval
    arrived_ms: int | None = None
    newest_ms: int | None = None
    silence: Alert | None = None
    windows: int = 0  # closed intervals of this silence


class SourceJudge:
    """Monitors one source. A silence alert fires at the first closed interval without events beyond the limit."""

    def __init__(self, source: str, topic: str, limits: Limits, owner: str = "") -> None:
        self._source, self._topic, self._limits = source, topic, limits
        self._told = Told(feature="", source=source, owner=owner, group=source)
        self._reset()

    def open(self, intake: Intake, start_ms: int, now_ms: int) -> SourceReport:
        """Reports the open interval; does not change the state."""
        return self._report(intake, start_ms, now_ms, closed=False)

    def close(self, intake: Intake, start_ms: int, end_ms: int) -> tuple[SourceReport, tuple[Alert, ...]]:
        """Reports a closed interval, with the alerts that fire or resolve. Call it in the order of time."""
        state = self._state
        state.began_ms = start_ms if state.began_ms is None else state.began_ms
        state.arrived_ms = latest(state.arrived_ms, intake.arrived_ms)
        state.newest_ms = latest(state.newest_ms, intake.newest_ms)
        alerts = self._silence(intake, end_ms) + self._watch.look(self._rejects(intake), start_ms, end_ms)
        return self._report(intake, start_ms, end_ms, closed=True), alerts

    def dump(self) -> bytes:
        """Encodes the state as versioned bytes."""
        return msgspec.msgpack.encode((VERSION, self._topic, self._state, self._watch.dump()))

    def load(self, data: bytes) -> None:
        """Restores a dumped state; starts over if it is of another topic or version."""
        head = msgspec.msgpack.decode(data)[:2]
        self._reset()
        if head == [VERSION, self._topic]:
            _, _, self._state, watch = msgspec.msgpack.decode(data, type=tuple[int, str, _State, bytes])
            self._watch.restore(watch)

    def _reset(self) -> None:
        self._state = _State()
        self._watch = Watch(self._told, self._limits.policy)

    def _report(self, intake: Intake, start_ms: int, end_ms: int, *, closed: bool) -> SourceReport:
        silence = self._state.silence
        return SourceReport(
            source=self._source,
            topic=self._topic,
            start_ms=start_ms,
            end_ms=end_ms,
            closed=closed,
            events=intake.events,
            rejects=intake.rejects,
            samples=intake.samples,
            newest_ms=latest(self._state.newest_ms, intake.newest_ms),
            silent_ms=self._silent_ms(intake, start_ms, end_ms),
            alerts=((silence,) if silence else ()) + self._watch.alerts(),
        )

    def _silent_ms(self, intake: Intake, start_ms: int, end_ms: int) -> int:
        began = start_ms if self._state.began_ms is None else self._state.began_ms
        arrived = latest(self._state.arrived_ms, intake.arrived_ms)
        return max(0, end_ms - (began if arrived is None else arrived))

    def _silence(self, intake: Intake, end_ms: int) -> tuple[Alert, ...]:
        """Returns the alert if silence becomes too long or ends."""
        state, limit = self._state, self._limits.silence_ms
        if intake.events:
            before, state.silence, state.windows = state.silence, None, 0
            return (self._over(before, end_ms),) if before else ()
        state.windows += 1
        silent_ms = self._silent_ms(intake, end_ms, end_ms)
        if silent_ms <= limit:
            return ()
        new = state.silence is None
        state.silence = self._alert(silent_ms, end_ms)
        return (state.silence,) if new else ()

    def _alert(self, silent_ms: int, end_ms: int) -> Alert:
        onset_ms, limit = end_ms - silent_ms, self._limits.silence_ms
        return Alert(
            **msgspec.structs.asdict(self._told),
            key=key_of(self._source, "silence", "silence", onset_ms),
            rule="silence",
            detail="silence",
            state="firing",
            onset_ms=onset_ms,
            at_ms=end_ms,
            windows=self._state.windows,
            score=silent_ms / 1000,
            threshold=limit / 1000,
            n=0,
            summary=f"no event from {self._source} for {silent_ms // 1000:,} s, allowed {limit // 1000:,} s",
        )

    def _over(self, before: Alert, end_ms: int) -> Alert:
        says = f"resolved: {self._source} receives events again"
        return msgspec.structs.replace(before, state="resolved", at_ms=end_ms, score=0.0, summary=says)

    def _rejects(self, intake: Intake) -> list[Finding]:
        """Checks the share of rejected events; with few events, the threshold allows for chance."""
        if not intake.events:
            return []
        rate, allowed = sum(intake.rejects.values()) / intake.events, self._limits.violation_rate
        few = of_share(allowed, 1 / intake.events) if intake.events < self._limits.min_rows else 0.0
        worst = max(intake.rejects, key=lambda reason: intake.rejects[reason], default="")
        says = (
            f"{percent(rate)} of events rejected, mostly as {worst}, allowed {percent(allowed)}, n = {intake.events:,}"
        )
        return [Finding("violations", "rejects", "rejects", rate, allowed + few, intake.events, says)]


def latest(one: int | None, other: int | None) -> int | None:
    """Returns the later of two times (ms), either of which may be None."""
    return max((time for time in (one, other) if time is not None), default=None)
