"""The step that receives all verdicts: passes reports on as readers see them, and emits incidents and alerts."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from bytewax.operators import StatefulBatchLogic

from connectors.redis.endpoints import FirstItem, StoreLost
from connectors.steady_clock import STEADY
from dataflows.quality.concluding.earlier_incidents import EarlierIncidents
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.interval_evaluator import LOOK_MS
from dataflows.quality.intervals import Intervals
from reports.alerting import Conclusion, IntervalQueue, QueuedInterval, ShownReport
from reports.incidents import KEPT_MS, MOST_KEPT, Incident
from reports.records import Alert, FeatureReport, SourceReport

log = logging.getLogger(__name__)

ALL = "all"
"""The single key of the step."""
HELD_MS = LOOK_MS + 1_000
"""How long (ms) a symptom waits for others of its interval, because subjects are not all judged at once."""
UNSEEN_INTERVALS = 6
"""Intervals of a run after which what fired before its start, and does not since, has ended: a check fires within 5."""
VERSION = 1


_Snapshot = tuple[int, bytes, dict[str, int], int | None, bytes]


@dataclass(frozen=True, slots=True)
class IncidentWrites:
    """Records of incidents by id; None for those to remove."""

    fields: Mapping[str, bytes | None]


Concluded = ShownReport | Alert | IncidentWrites


class ConclusionLogic(StatefulBatchLogic[object, Concluded, bytes]):
    """Passes verdicts to a conclusion and emits its results.

    In a live run the clock settles symptoms. A replay has a `queue`, because its subjects are not judged at the same
    time; its reports pass unchanged.
    """

    def __init__(
        self, conclusion: Conclusion, intervals: Intervals, queue: IntervalQueue | None, snapshot: bytes | None
    ) -> None:
        self._conclusion, self._intervals, self._queue = conclusion, intervals, queue
        self._written: dict[str, int] = {}  # when each incident was last written, by id
        self._settle_ms: int | None = None
        self._look_ms = 0
        self._unseen_ms: int | None = None  # from when on what an earlier run left firing has ended
        if snapshot is not None:
            with error_boundary("incidents"):
                self._restore(snapshot)

    def on_batch(self, values: list[object]) -> tuple[Iterable[Concluded], bool]:
        """Processes reports and passes them on, followed by immediate results.

        A standstill is noticed before the first reports after it, which it explains.
        """
        if self._queue is None:
            self._tick()
        passed = [shown for value in values for shown in self._heard(value)]
        if self._queue is None:
            self._settle()
            drained = self._drained()
            return [*map(self._headed, passed), *drained], self.RETAIN
        return [*passed, *self._concluded(self._queue.complete())], self.RETAIN

    def on_notify(self) -> tuple[Iterable[Concluded], bool]:
        """Advances the clock of a live run."""
        self._tick()
        self._settle()
        return self._drained(), self.RETAIN

    def on_eof(self) -> tuple[Iterable[Concluded], bool]:
        """Settles the waiting symptoms at the end of a replay; a live run resumes later."""
        if self._queue is None:
            return self._drained(), self.RETAIN
        return list(self._concluded(self._queue.rest())), self.RETAIN

    def notify_at(self) -> datetime | None:
        """Returns when to check the clock next."""
        return STEADY.date(self._look_ms) if self._queue is None and self._look_ms else None

    def snapshot(self) -> bytes:
        """Encodes the conclusion, the times of the last writes, and the queue."""
        queued = self._queue.dump() if self._queue is not None else b""
        return msgspec.msgpack.encode((VERSION, self._conclusion.dump(), self._written, self._settle_ms, queued))

    def _restore(self, snapshot: bytes) -> None:
        version, *_ = msgspec.msgpack.decode(snapshot)
        if version == VERSION:
            _, state, written, settle_ms, queued = msgspec.msgpack.decode(snapshot, type=_Snapshot)
            if self._conclusion.load(state):
                self._written, self._settle_ms = written, settle_ms
                if self._queue is not None and queued:
                    self._queue.load(queued)
                return
        log.warning("the saved incidents have another version; incidents start over")

    def _heard(self, value: object) -> Iterator[Concluded]:
        if isinstance(value, FirstItem | StoreLost):
            with error_boundary("incidents"):
                self._conclusion.resume()
        if isinstance(value, EarlierIncidents):
            with error_boundary("incidents"):
                self._conclusion.expect(value.firing)
                self._unseen_ms = self._intervals.now() + UNSEEN_INTERVALS * self._intervals.length_ms + HELD_MS
        if not isinstance(value, FeatureReport | SourceReport):
            return
        shown: list[ShownReport] = [value]
        with error_boundary("incidents"):
            if self._queue is None:
                shown = self._conclusion.hear(value)
            else:
                self._queue.put(value)
        yield from shown

    def _concluded(self, intervals: Iterable[tuple[int, QueuedInterval]]) -> Iterator[Concluded]:
        """Concludes intervals one by one, so that the result does not depend on how many are complete at once."""
        for end_ms, heard in intervals:
            with error_boundary("incidents"):
                self._conclusion.hear_interval(heard.sources, heard.firing, end_ms)
            yield from self._drained()

    def _tick(self) -> None:
        """Passes the time on, every LOOK_MS."""
        now_ms = self._intervals.now()
        with error_boundary("incidents"):
            if now_ms >= self._look_ms or now_ms < self._look_ms - LOOK_MS:
                self._look_ms = now_ms + LOOK_MS
                self._conclusion.tick(now_ms)
                if self._unseen_ms is not None and now_ms >= self._unseen_ms:
                    self._conclusion.end_unseen(now_ms)

    def _settle(self) -> None:
        """Settles the waiting symptoms when they are due."""
        now_ms = self._intervals.now()
        with error_boundary("incidents"):
            if not self._conclusion.waits:
                self._settle_ms = None
            elif self._settle_ms is None:
                self._settle_ms = now_ms + HELD_MS
            elif now_ms >= self._settle_ms or now_ms < self._settle_ms - HELD_MS:
                self._conclusion.settle()
                self._settle_ms = None

    def _drained(self) -> list[Concluded]:
        """Returns the incidents that changed, then the reports that waited for them, then the alerts about them."""
        drained: list[Incident | Alert] = []
        settled: list[ShownReport] = []
        with error_boundary("incidents"):
            settled = self._conclusion.release()
            drained = list(self._conclusion.drain())
        incidents = [message for message in drained if isinstance(message, Incident)]
        alerts = [message for message in drained if isinstance(message, Alert)]
        return [*self._writes(incidents), *map(self._headed, settled), *alerts]

    def _headed(self, shown: Concluded) -> Concluded:
        """Returns the report of a closed interval with its incidents."""
        with error_boundary("incidents"):
            if isinstance(shown, FeatureReport | SourceReport) and shown.closed:
                return self._conclusion.with_headlines(shown)
        return shown

    def _writes(self, incidents: list[Incident]) -> Iterator[IncidentWrites]:
        """Yields one item per incident, and one for those to remove."""
        for incident in incidents:
            self._written.pop(incident.id, None)
            self._written[incident.id] = incident.at_ms
            yield IncidentWrites({incident.id: incident.encode()})
        if not incidents:
            return
        newest = max(self._written.values())
        old = [name for name, at_ms in self._written.items() if at_ms < newest - KEPT_MS]
        old += list(self._written)[: max(0, len(self._written) - MOST_KEPT)]
        for name in dict.fromkeys(old):
            del self._written[name]
            yield IncidentWrites({name: None})
