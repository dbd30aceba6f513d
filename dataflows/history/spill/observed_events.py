"""What history tells of events beside their values: counts of each source, and values that could not be computed.

Events count into the interval of their arrival, as in a live run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from dataflows.history.spill.arrival_parts import by_arrival
from dataflows.ingest import ProjectedBatch
from dataflows.quality import event_counts, late_counts, newest_publish
from dataflows.windows import Late
from reports.alerting import EventCounts, Start

Failed = dict[Start, dict[str, int]]
"""Values that could not be computed, by interval and reason."""


class _Kept(msgspec.Struct, array_like=True):
    counts: dict[str, dict[Start, bytes]]
    failed: dict[str, Failed]


@dataclass(slots=True)
class ObservedEvents:
    """The counts of sources and the failed values of features, by interval."""

    counts: dict[str, dict[Start, EventCounts]] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)

    def add(self, other: "ObservedEvents") -> None:
        """Adds what others tell."""
        for source, by_start in other.counts.items():
            for start, counts in by_start.items():
                self.count(source, start, counts)
        for feature, failed in other.failed.items():
            for start, values in failed.items():
                self.fail(feature, start, values)

    def count(self, source: str, start: Start, counts: EventCounts) -> None:
        """Adds events of a source."""
        own = self.counts.setdefault(source, {})
        own[start] = own[start] + counts if start in own else counts

    def fail(self, feature: str, start: Start, values: Mapping[str, int]) -> None:
        """Adds values of a feature that could not be computed."""
        own = self.failed.setdefault(feature, {}).setdefault(start, {})
        for why, many in values.items():
            own[why] = own.get(why, 0) + many

    def dump(self) -> bytes:
        """As bytes."""
        counts = {name: {at: one.dump() for at, one in by_start.items()} for name, by_start in self.counts.items()}
        return msgspec.msgpack.encode(_Kept(counts, self.failed))

    @classmethod
    def load(cls, data: bytes) -> "ObservedEvents":
        """What was dumped."""
        kept = msgspec.msgpack.decode(data, type=_Kept)
        counts = {
            name: {at: EventCounts.load(one) for at, one in by_start.items()} for name, by_start in kept.counts.items()
        }
        return cls(counts, kept.failed)


class EventObserver:
    """Observes the batches of a source by intervals of `length_ms`."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms

    def __call__(self, batch: ProjectedBatch, late: Iterable[Late]) -> ObservedEvents:
        """What is told of a batch of which some events are late."""
        found, events = ObservedEvents(), batch.events
        for start, part in by_arrival(events, self._length_ms):
            found.count(events.source, start, event_counts(part, newest_publish(part.arrivals)))
        for some in late:
            starts = some.arrivals.arrived(some.rows) // self._length_ms * self._length_ms
            for start in np.unique(starts).tolist():
                found.count(some.source, start, late_counts(replace(some, rows=some.rows[starts == start])))
        for nulled in batch.nulled:
            newest = 0 if events.newest is None else events.newest + 1
            found.fail(nulled.feature, newest // self._length_ms * self._length_ms, {nulled.why: nulled.values})
        return found
