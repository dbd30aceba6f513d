"""Counts the events, rejects and late events of each source by interval, before the exchange."""

from collections import Counter
from collections.abc import Callable

import msgspec

from dataflows.buffered_logic import BufferedLogic
from dataflows.ingest import EventBatch, MergedBatch
from dataflows.quality.error_boundary import error_boundary
from dataflows.windows import Late
from reports.alerting import LATE, EventCounts, Observation, SourceCounts, Start
from reports.records import Sample

SHOWN, SHOWN_BYTES = 5, 200

ArrivedAt = Callable[[MergedBatch], int]
"""Returns the arrival time of a batch (ms)."""


class SourceCounter(BufferedLogic[SourceCounts, Observation]):
    """Counts the events of one source; holds the counts briefly, to send them together."""

    def __init__(self, snapshot: bytes | None) -> None:
        self._key, self._by_start = "", dict[Start, EventCounts]()
        with error_boundary("sources"):
            self._key, self._by_start = _loaded(snapshot)
        super().__init__(resumed=bool(self._by_start))

    def hold(self, values: list[SourceCounts]) -> bool:
        """Adds counts to the sums, whose size is independent of the number of counts."""
        for message in values:
            self._key = message.key
            for start, counts in message.by_start.items():
                self._by_start[start] = self._by_start.get(start, EventCounts()) + counts
        return False

    def release(self) -> list[SourceCounts]:
        """The sums by interval."""
        sent, self._by_start = self._by_start, {}
        return [SourceCounts(self._key, sent)] if sent else []

    def snapshot(self) -> bytes:
        """What waits."""
        return msgspec.msgpack.encode((self._key, self._by_start))


def event_counts(events: EventBatch, arrived_ms: int) -> EventCounts:
    """Counts the events of a batch and its rejects."""
    arrivals = events.arrivals
    samples = [
        _sample(arrivals, rejected.row, f"{rejected.reason}: {rejected.detail}") for rejected in events.rejects[:SHOWN]
    ]
    return EventCounts(
        events=len(arrivals.payloads),
        rejects=dict(Counter(reject.reason for reject in events.rejects)),
        samples=tuple(samples),
        newest_ms=events.newest,
        arrived_ms=arrived_ms if arrivals.payloads else None,
        published_ms=newest_publish(arrivals) if arrivals.payloads else None,
    )


def late_counts(late: Late) -> EventCounts:
    """Counts the late events of an entity type."""
    samples = [_sample(late.arrivals, int(row), LATE) for row in late.rows[:SHOWN]]
    return EventCounts(rejects={LATE: len(late.rows)}, samples=tuple(samples))


def newest_publish(arrivals: MergedBatch) -> int:
    """Returns the arrival time by the topic's publish time, which a replay uses."""
    return max(batch.newest_ms for batch in arrivals.batches)


def _sample(arrivals: MergedBatch, row: int, reason: str) -> Sample:
    raw, index = arrivals.place(row)
    payload = raw.payloads[index][:SHOWN_BYTES].decode(errors="replace")
    return Sample(entity=raw.partition, value=payload, at_ms=raw.published_ms, reason=reason)


def _loaded(snapshot: bytes | None) -> tuple[str, dict[Start, EventCounts]]:
    if snapshot is None:
        return "", {}
    return msgspec.msgpack.decode(snapshot, type=tuple[str, dict[int, EventCounts]])
