"""Counts the events, rejects and late events of each source by interval, before the exchange."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from dataflows.buffered_logic import BufferedLogic
from dataflows.ingest import EventBatch, MergedBatch
from dataflows.quality.error_boundary import error_boundary
from dataflows.windows import LateRows
from reports.alerting import (
    FUTURE,
    LATE,
    EventCounts,
    EventSample,
    Observation,
    SourceCounts,
    Start,
    Ticks,
    offsets_of,
    pauses_of,
    together,
)
from reports.records import Sample

SHOWN, SHOWN_BYTES = 5, 200
SECOND_MS = 1_000
AT_ONCE_MS = 2_000
"""Publish times of a batch that are closer than this count as one."""
VERSION = 2

ArrivedAt = Callable[[MergedBatch], int]
"""Returns the arrival time of a batch (ms)."""


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """The facts of a batch: its event counts by interval, its publish times, sampled events."""

    counts: SourceCounts
    ticks: Ticks = field(default_factory=lambda: np.empty(0, np.int64))


class SourceCounter(BufferedLogic[SourceBatch, Observation]):
    """Counts the events of one source; holds the counts briefly, to send them together.

    It also measures the gaps between seconds with publishing, in publish order.
    """

    def __init__(self, snapshot: bytes | None) -> None:
        self._waits = _Waiting()
        with error_boundary("sources"):
            self._waits = _loaded(snapshot)
        self._samples: dict[Start, EventSample] = {}
        super().__init__(resumed=bool(self._waits.by_start))

    def hold(self, values: list[SourceBatch]) -> bool:
        """Adds counts to the sums, whose size is independent of the number of counts."""
        waits = self._waits
        for batch in values:
            waits.key = batch.counts.key
            for start, counts in batch.counts.by_start.items():
                waits.by_start[start] = waits.by_start.get(start, EventCounts()) + counts
            for start, sample in batch.counts.samples.items():
                known = self._samples.get(start)
                self._samples[start] = sample if known is None else known + sample
            self._measure(batch.ticks)
        return False

    def release(self) -> list[SourceCounts]:
        """Returns the sums by interval."""
        sent, samples = self._waits, self._samples
        self._waits, self._samples = _Waiting(sent.key, last_tick=sent.last_tick), {}
        if not sent.by_start:
            return []
        return [SourceCounts(sent.key, sent.by_start, sent.pauses, samples)]

    def snapshot(self) -> bytes:
        """Encodes the waiting counts; samples start over."""
        return msgspec.msgpack.encode((VERSION, self._waits))

    def _measure(self, ticks: Ticks) -> None:
        """Adds the gaps up to these seconds; earlier seconds of other partitions are ignored."""
        waits = self._waits
        ticks = ticks[ticks > waits.last_tick]
        if len(ticks):
            line = np.concatenate([[waits.last_tick], ticks]) if waits.last_tick else ticks
            waits.pauses = together([waits.pauses, pauses_of(line)])
            waits.last_tick = int(ticks[-1])


class _Waiting(msgspec.Struct, array_like=True):
    """Counts that are not sent yet; `last_tick` is the newest second with publishing."""

    key: str = ""
    by_start: dict[int, EventCounts] = {}
    pauses: dict[int, int] = {}
    last_tick: int = 0


def published_ticks(arrivals: MergedBatch) -> Ticks:
    """Returns the seconds with publishing, ascending; asks each payload only if they span more than one second."""
    first, last = arrivals.published_ms // SECOND_MS, newest_publish(arrivals) // SECOND_MS
    if last - first <= 1 or not arrivals.payloads:
        return np.unique(np.array([first, last], np.int64))
    published: Ticks = np.unique(arrivals.arrived(np.arange(len(arrivals.payloads))) // SECOND_MS)
    return published


def event_counts(events: EventBatch, arrived_ms: int) -> EventCounts:
    """Counts the events of a batch and its rejects."""
    arrivals = events.arrivals
    samples = [
        _sample(arrivals, rejected.row, f"{rejected.reason}: {rejected.detail}") for rejected in events.rejects[:SHOWN]
    ]
    return EventCounts(
        events=len(arrivals),
        rejects=dict(Counter(reject.reason for reject in events.rejects)),
        samples=tuple(samples),
        newest_ms=events.newest,
        arrived_ms=arrived_ms if len(arrivals) else None,
        published_ms=newest_publish(arrivals) if len(arrivals) else None,
        offsets=_offsets(events),
    )


def _offsets(events: EventBatch) -> dict[int, tuple[float, float]]:
    """Returns the offsets of event times from publish times, including events that were refused for it."""
    ahead = [reject for reject in events.rejects if reject.reason == FUTURE]
    times = np.concatenate([events.times, np.array([reject.time_ms for reject in ahead], np.int64)])
    rows = np.concatenate([events.rows, np.array([reject.row for reject in ahead], np.int64)])
    if not len(times):
        return {}
    arrivals, newest_ms = events.arrivals, newest_publish(events.arrivals)
    if newest_ms - arrivals.published_ms <= AT_ONCE_MS:
        return offsets_of((times - newest_ms).astype(np.float64))
    order = np.argsort(rows, kind="stable")
    return offsets_of((times[order] - arrivals.arrived(rows[order])).astype(np.float64))


def late_counts(late: LateRows) -> EventCounts:
    """Counts the late events of an entity type."""
    samples = [_sample(late.arrivals, int(row), LATE) for row in late.rows[:SHOWN]]
    return EventCounts(rejects={LATE: len(late.rows)}, samples=tuple(samples))


def newest_publish(arrivals: MergedBatch) -> int:
    """Returns the arrival time by the topic's publish time, which a replay uses.

    A batch without payloads tells until when its partition was read: for a backlog that is now.
    """
    return max((batch.newest_ms for batch in arrivals.batches if batch.payloads), default=arrivals.batches[0].newest_ms)


def _sample(arrivals: MergedBatch, row: int, reason: str) -> Sample:
    raw, index = arrivals.place(row)
    payload = raw.payloads[index][:SHOWN_BYTES].decode(errors="replace")
    return Sample(entity=raw.partition, value=payload, at_ms=raw.published_ms, reason=reason)


def _loaded(snapshot: bytes | None) -> _Waiting:
    if snapshot is None or msgspec.msgpack.decode(snapshot)[0] != VERSION:
        return _Waiting()
    return msgspec.msgpack.decode(snapshot, type=tuple[int, _Waiting])[1]
