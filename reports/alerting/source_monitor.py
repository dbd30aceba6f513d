"""Monitors one source: raises alerts for silence (a dead man's switch) and for rejected events."""

from collections.abc import Iterable

import msgspec

from reports.alerting.alert_state import key_of
from reports.alerting.checks import CheckResult
from reports.alerting.event_counts import EventCounts, latest
from reports.alerting.observations import Observation, SourceCounts, Start
from reports.alerting.thresholds import Limits
from reports.alerting.tracker import AlertTracker, Recipient
from reports.drift import of_share
from reports.formats import count, lasting, percent
from reports.records import Alert, SourceReport

VERSION = 1


class _State(msgspec.Struct, array_like=True):
    began_ms: int | None = None  # start of the first interval
    arrived_ms: int | None = None
    newest_ms: int | None = None
    silence: Alert | None = None
    windows: int = 0  # closed intervals of this silence


class SourceMonitor:
    """Monitors one source. A silence alert fires at the first closed interval without events beyond the limit."""

    def __init__(self, source: str, topic: str, limits: Limits, owner: str = "") -> None:
        self._source, self._topic, self._limits = source, topic, limits
        self._recipient = Recipient(feature="", source=source, owner=owner, group=source)
        self._counts: dict[Start, EventCounts] = {}
        self._reset()

    def take(self, observation: Observation, earliest: Start) -> None:
        """Adds counts to their intervals."""
        if isinstance(observation, SourceCounts):
            for start, counts in observation.by_start.items():
                counted_in = max(start, earliest)
                self._counts[counted_in] = self._observed(counted_in) + counts

    def starts(self) -> Iterable[Start]:
        """The intervals that have counts and are not closed."""
        return self._counts.keys()

    def open(self, start_ms: Start, now_ms: int) -> SourceReport:
        """Reports on the open interval, without changing alerts or memory."""
        return self._report(self._observed(start_ms), start_ms, now_ms, closed=False)

    def close(self, start_ms: Start, end_ms: int) -> tuple[SourceReport, tuple[Alert, ...]]:
        """The interval's report, and the alerts that are new or over."""
        state, counts = self._state, self._observed(start_ms)
        state.began_ms = start_ms if state.began_ms is None else state.began_ms
        state.arrived_ms = latest(state.arrived_ms, counts.arrived_ms)
        state.newest_ms = latest(state.newest_ms, counts.newest_ms)
        alerts = self._silence(counts, end_ms) + self._watch.look(self._rejects(counts), start_ms, end_ms)
        report = self._report(counts, start_ms, end_ms, closed=True)
        self._counts.pop(start_ms, None)
        return report, alerts

    def failed(self, start_ms: Start, end_ms: int, why: str) -> Iterable[SourceReport]:
        """Returns no report: a source's report has no field for the reason; the log and the error count hold it."""
        self._counts.pop(start_ms, None)
        return []

    def dump(self) -> bytes:
        """As bytes: what is remembered, versioned, and the counts of the open intervals."""
        memory = msgspec.msgpack.encode((VERSION, self._topic, self._state, self._watch.dump()))
        return msgspec.msgpack.encode((memory, {start: counts.dump() for start, counts in self._counts.items()}))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped; what is remembered of another topic or version starts over instead."""
        memory, counts = msgspec.msgpack.decode(data, type=tuple[bytes, dict[int, bytes]])
        self._restore(memory)
        self._counts = {start: EventCounts.load(part) for start, part in counts.items()}

    def _restore(self, memory: bytes) -> None:
        head = msgspec.msgpack.decode(memory)[:2]
        self._reset()
        if head == [VERSION, self._topic]:
            _, _, self._state, watch = msgspec.msgpack.decode(memory, type=tuple[int, str, _State, bytes])
            self._watch.restore(watch)

    def _observed(self, start: Start) -> EventCounts:
        return self._counts.get(start, EventCounts())

    def _reset(self) -> None:
        self._state = _State()
        self._watch = AlertTracker(self._recipient, self._limits.policy)

    def _report(self, counts: EventCounts, start_ms: int, end_ms: int, *, closed: bool) -> SourceReport:
        silence = self._state.silence
        return SourceReport(
            source=self._source,
            topic=self._topic,
            start_ms=start_ms,
            end_ms=end_ms,
            closed=closed,
            events=counts.events,
            rejects=counts.rejects,
            samples=counts.samples,
            newest_ms=latest(self._state.newest_ms, counts.newest_ms),
            silent_ms=self._silent_ms(counts, start_ms, end_ms),
            alerts=((silence,) if silence else ()) + self._watch.alerts(),
        )

    def _silent_ms(self, counts: EventCounts, start_ms: int, end_ms: int) -> int:
        began = start_ms if self._state.began_ms is None else self._state.began_ms
        arrived = latest(self._state.arrived_ms, counts.arrived_ms)
        return max(0, end_ms - (began if arrived is None else arrived))

    def _silence(self, counts: EventCounts, end_ms: int) -> tuple[Alert, ...]:
        """Returns the alerts of silence: it exceeds its limit, or it ended."""
        state, limit = self._state, self._limits.silence_ms
        if counts.events:
            before, state.silence, state.windows = state.silence, None, 0
            return (self._over(before, end_ms),) if before else ()
        state.windows += 1
        silent_ms = self._silent_ms(counts, end_ms, end_ms)
        if silent_ms <= limit:
            return ()
        new = state.silence is None
        state.silence = self._alert(silent_ms, end_ms)
        return (state.silence,) if new else ()

    def _alert(self, silent_ms: int, end_ms: int) -> Alert:
        onset_ms, limit = end_ms - silent_ms, self._limits.silence_ms
        return Alert(
            **msgspec.structs.asdict(self._recipient),
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
            summary=f"no event from {self._source} for {lasting(silent_ms)}, allowed {lasting(limit)}",
        )

    def _over(self, before: Alert, end_ms: int) -> Alert:
        says = f"resolved: {self._source} receives events again"
        return msgspec.structs.replace(before, state="resolved", at_ms=end_ms, score=0.0, summary=says)

    def _rejects(self, counts: EventCounts) -> list[CheckResult]:
        """The share of events that were refused, as one rule; as lenient with few events as rules with few rows."""
        if not counts.events:
            return []
        rate, allowed = sum(counts.rejects.values()) / counts.events, self._limits.violation_rate
        few = of_share(allowed, 1 / counts.events) if counts.events < self._limits.min_rows else 0.0
        worst = max(counts.rejects, key=lambda reason: counts.rejects[reason], default="")
        says = f"{percent(rate)} of events rejected, mostly as {worst}, allowed {percent(allowed)}"
        says += f", n = {count(counts.events)}"
        return [CheckResult("violations", "rejects", "rejects", rate, allowed + few, counts.events, says)]
