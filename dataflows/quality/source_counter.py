"""What came in of each source: events, those refused and those late, counted by interval before the exchange."""

from collections import Counter
from collections.abc import Callable

import msgspec

from dataflows.buffered_logic import BufferedLogic
from dataflows.ingest import EventBatch, MergedBatch
from dataflows.quality.error_boundary import error_boundary
from dataflows.windows import Late
from reports.alerting import EventCounts, Observation, SourceCounts, Start
from reports.records import Sample

SHOWN, SHOWN_BYTES = 5, 200

ArrivedAt = Callable[[MergedBatch], int]
"""When arrivals came (ms)."""


class SourceCounter(BufferedLogic[SourceCounts, Observation]):
    """Counts of one source; they are small, so they are only kept a while to be sent together."""

    def __init__(self, snapshot: bytes | None) -> None:
        self._key, self._by_start = "", dict[Start, EventCounts]()
        with error_boundary("sources"):
            self._key, self._by_start = _loaded(snapshot)
        super().__init__(resumed=bool(self._by_start))

    def hold(self, values: list[SourceCounts]) -> bool:
        """Adds the counts up; the sums stay small, however many counts come."""
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
    """Counts what a batch brought and what of it was rejected."""
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
    )


def late_counts(late: Late) -> EventCounts:
    """Counts what came too late for an entity."""
    samples = [_sample(late.arrivals, int(row), "late") for row in late.rows[:SHOWN]]
    return EventCounts(rejects={"late": len(late.rows)}, samples=tuple(samples))


def newest_publish(arrivals: MergedBatch) -> int:
    """When arrivals came, as their topic says: what a replay goes by."""
    return max(batch.newest_ms for batch in arrivals.batches)


def _sample(arrivals: MergedBatch, row: int, reason: str) -> Sample:
    raw, index = arrivals.place(row)
    payload = raw.payloads[index][:SHOWN_BYTES].decode(errors="replace")
    return Sample(entity=raw.partition, value=payload, at_ms=raw.published_ms, reason=reason)


def _loaded(snapshot: bytes | None) -> tuple[str, dict[Start, EventCounts]]:
    if snapshot is None:
        return "", {}
    return msgspec.msgpack.decode(snapshot, type=tuple[str, dict[int, EventCounts]])
