"""Turns observations into verdicts: tracks the open intervals of a subject, and when they are reported and closed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from zlib import crc32

import msgspec
from bytewax.operators import StatefulBatchLogic

from connectors.steady_clock import STEADY
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.intervals import Intervals
from reports.alerting import (
    EarlierState,
    FailedValues,
    IntervalEnded,
    Monitor,
    MonitoringPaused,
    MonitoringStarted,
    Observation,
    Report,
    RowProfiles,
    SourceCounts,
    SourceCourse,
    SourceTrouble,
    Start,
)
from reports.records import Alert, is_source_key

GRACE_MS = 5_000
"""How long an interval stays open after its end (ms), for observations that are still in flight."""
LOOK_MS = 5_000
"""Pause between two live reports of an open interval (ms)."""
LOOK_STILL_MS = 20_000
"""Pause between two live reports of a feature while no observation arrives (ms)."""
PAUSE_MS = 2 * LOOK_MS
"""Time (ms) without any call from which the worker was held up: a source is looked at every LOOK_MS."""
NEVER_MS = 1 << 62
"""From when (ms) a restored source is watched until its run has started: a slow start is not its silence."""
MOST_EMPTY = 12
"""Most empty intervals that are closed one by one; of a longer pause, only the last ones."""

Verdict = Report | Alert
Judged = Verdict | EarlierState
"""Output of the judging steps: verdicts, and state for another step."""


class IntervalEvaluator(StatefulBatchLogic[Observation, Judged, bytes]):
    """The keyed step of the quality branch: evaluates the intervals of one subject in order of time.

    `monitor_of` creates the monitor of a key, or None without a definition; its snapshot is then kept unchanged. In a
    live run intervals close by the clock; in a `bounded` one, whose clock is the rows', when later rows arrive, and the
    last ones at the end.
    """

    def __init__(
        self,
        monitor_of: Callable[[str], Monitor | None],
        intervals: Intervals,
        bounded: bool,
        snapshot: bytes | None,
    ) -> None:
        self._monitor_of, self._intervals, self._bounded = monitor_of, intervals, bounded
        self._snapshot = snapshot or b""
        self._key, self._source = "", False
        self._monitor: Monitor | None = None
        self._earliest: Start | None = None  # the first open interval
        self._called_ms = 0  # the last call; 0 before the first
        self._patient_ms = 0  # closes nothing before this time: after a restart workers first send what they held
        if snapshot:
            self._resume(snapshot)

    def on_batch(self, values: list[Observation]) -> tuple[Iterable[Verdict], bool]:
        """Adds observations; in a bounded run they advance the time."""
        if (self._monitor or self._begin(values[0].key)) is None:
            return [], self.RETAIN
        self._note_pause()
        verdicts = list[Verdict]()
        for observation in values:
            match observation:
                case IntervalEnded():
                    verdicts += self._ended(observation.start)
                case EarlierState():
                    self._resume(observation.snapshot)
                case _:
                    self._take(observation)
        if self._bounded:
            verdicts += self._closed(self._newest() - self._intervals.behind * self._intervals.length_ms)
        return verdicts, self.RETAIN

    def on_notify(self) -> tuple[Iterable[Verdict], bool]:
        """Closes the intervals that have ended, and reports on the open one."""
        self._note_pause()
        return list(self._looked(self._monitor)) if self._monitor else [], self.RETAIN

    def on_eof(self) -> tuple[Iterable[Verdict], bool]:
        """Closes all intervals at the end of a bounded run; a live run resumes later."""
        return list(self._closed(self._newest() + self._intervals.length_ms)) if self._bounded else [], self.RETAIN

    def notify_at(self) -> datetime | None:
        """Returns when to report or to close next."""
        if self._earliest is None or self._bounded:
            return None
        close_ms = self._earliest + self._intervals.length_ms + GRACE_MS + self._offset_ms
        return STEADY.date(min(self._look_ms, max(close_ms, self._patient_ms)))

    def snapshot(self) -> bytes:
        """Encodes the monitor with its open intervals; for a key without a definition, returns the restored bytes."""
        if self._monitor is None:
            return self._snapshot
        return msgspec.msgpack.encode((self._key, self._earliest, self._monitor.dump()))

    def _begin(self, key: str) -> Monitor | None:
        """Starts on a subject without a snapshot."""
        if self._attend(key) and not self._bounded:
            self._earliest = self._intervals.start(self._intervals.now())
        return self._monitor

    def _resume(self, snapshot: bytes) -> None:
        key, earliest, state = msgspec.msgpack.decode(snapshot, type=tuple[str, int | None, bytes])
        if monitor := self._attend(key):
            self._earliest, self._patient_ms = earliest, self._intervals.now() + GRACE_MS
            with error_boundary(key):
                monitor.load(state)
                if not self._bounded:
                    monitor.take(MonitoringStarted(key, NEVER_MS), earliest or 0)

    def _attend(self, key: str) -> Monitor | None:
        self._key, self._monitor = key, self._monitor_of(key)
        self._source = is_source_key(key)  # judged first and often, because sources explain what features show
        # Spreads the evaluation of features over time, so that a worker is never blocked for long.
        self._offset_ms = 0 if self._source else 1_000 + crc32(key.encode()) % (LOOK_MS - 1_000)
        self._look_ms = self._next_look(LOOK_MS)
        return self._monitor

    def _note_pause(self) -> None:
        """Tells the monitor of a source that nothing was read for a while, for example because Redis was away."""
        if self._bounded or not self._source:
            return
        called_ms, self._called_ms = self._called_ms, self._intervals.now()
        if called_ms and self._called_ms - called_ms > PAUSE_MS:
            self._take(MonitoringPaused(self._key, self._called_ms, self._called_ms - called_ms - LOOK_MS))

    def _take(self, observation: Observation) -> None:
        """Adds an observation; if its interval is closed, it counts into the earliest open one."""
        if not isinstance(observation, SourceTrouble | SourceCourse):  # the open interval is unaffected
            self._look_ms = min(self._look_ms, self._next_look(LOOK_MS))
        self._open_from(min(_starts_of(observation), default=None))
        if self._monitor is not None and self._earliest is not None:
            with error_boundary(self._key):
                self._monitor.take(observation, self._earliest)

    def _open_from(self, start: Start | None) -> None:
        """Opens an interval before the first one while none was closed: a slow worker may be the first with events."""
        if start is None or self._monitor is None:
            return
        if self._earliest is None or (start < self._earliest and not self._monitor.began):
            self._earliest = start

    def _ended(self, start: Start) -> list[Verdict]:
        """Closes an interval of history; skips a long empty gap before it."""
        self._earliest = start
        return list(self._closed(start + self._intervals.length_ms))

    def _looked(self, monitor: Monitor) -> Iterator[Verdict]:
        """Yields what is due by the clock: reports of ended intervals, and a live report of the open one."""
        now = self._intervals.now()
        if now >= self._patient_ms:
            yield from self._closed(now - GRACE_MS - self._offset_ms)
        if self._earliest is not None and now >= max(self._look_ms, self._earliest):
            self._look_ms = self._next_look(self._still_ms)
            with error_boundary(self._key):
                yield monitor.open(self._earliest, now + 1)

    def _closed(self, until_ms: int) -> Iterator[Verdict]:
        """Closes the intervals that end by a given time, including empty ones."""
        length = self._intervals.length_ms
        while self._monitor is not None and self._earliest is not None and self._earliest + length <= until_ms:
            start = self._after_pause(self._earliest, until_ms)
            self._earliest = start + length
            yield from self._verdicts(self._monitor, start, start + length)

    def _verdicts(self, monitor: Monitor, start: Start, end_ms: int) -> list[Verdict]:
        """Closes an interval; if its evaluation fails, yields a report with the reason."""
        verdicts: list[Verdict] = []
        with error_boundary(self._key) as failed:
            report, alerts = monitor.close(start, end_ms)
            verdicts += [report, *alerts]
        if failed:
            with error_boundary(self._key):
                verdicts = [*monitor.failed(start, end_ms, failed[0])]
        return verdicts

    def _after_pause(self, start: Start, until_ms: int) -> Start:
        """Returns the next interval to close; skips all but the end of a long pause."""
        upcoming = min(self._starts(), default=self._intervals.start(until_ms))
        pause_end = min(upcoming, self._intervals.start(until_ms))
        return max(start, pause_end - MOST_EMPTY * self._intervals.length_ms)

    @property
    def _still_ms(self) -> int:
        return LOOK_MS if self._source else max(LOOK_MS, min(LOOK_STILL_MS, self._intervals.length_ms))

    def _newest(self) -> Start:
        return max(self._starts(), default=0)

    def _starts(self) -> Iterable[Start]:
        return self._monitor.starts() if self._monitor else ()

    def _next_look(self, every_ms: int) -> int:
        return (self._intervals.now() - self._offset_ms) // every_ms * every_ms + every_ms + self._offset_ms


def _starts_of(observation: Observation) -> Iterable[Start]:
    """Returns the intervals of an observation."""
    match observation:
        case RowProfiles() | SourceCounts():
            return observation.by_start
        case FailedValues():
            return [observation.start]
        case _:
            return ()
