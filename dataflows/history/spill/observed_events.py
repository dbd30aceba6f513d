"""Collects observations of history beside values: counts of each source, and values that could not be computed.

Events count into the interval of their arrival, as in a live run.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec
import numpy as np

from dataflows.history.spill.arrival_parts import by_arrival
from dataflows.history.spill.busy_seconds import BusySeconds, busy_seconds
from dataflows.ingest import ProjectedBatch
from dataflows.quality import EventSampler, event_counts, late_counts, newest_publish
from dataflows.windows import LateRows
from reports.alerting import EventCounts, EventSample, Start

T = TypeVar("T")
Failed = dict[Start, dict[str, int]]
"""Values that could not be computed, by interval and reason."""


class _Kept(msgspec.Struct, array_like=True):
    counts: dict[str, dict[Start, bytes]]
    busy: dict[str, dict[Start, bytes]]
    failed: dict[str, Failed]


@dataclass(slots=True)
class ObservedEvents:
    """Observations by interval: counts of sources, seconds with publishing, failed values of features, sampled events.

    `dump` leaves out the samples of events, because they are large.
    """

    counts: dict[str, dict[Start, EventCounts]] = field(default_factory=dict)
    busy: dict[str, dict[Start, BusySeconds]] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)
    samples: dict[str, dict[Start, EventSample]] = field(default_factory=dict)

    def add(self, other: "ObservedEvents") -> None:
        """Adds other observations."""
        for source, start, counts in _flat(other.counts):
            self.count(source, start, counts)
        for source, start, seconds in _flat(other.busy):
            self.note_busy(source, start, seconds)
        for feature, start, values in _flat(other.failed):
            self.fail(feature, start, values)
        for source, start, sample in _flat(other.samples):
            self.sample(source, start, sample)

    def count(self, source: str, start: Start, counts: EventCounts) -> None:
        """Adds events of a source."""
        by_start = self.counts.setdefault(source, {})
        by_start[start] = by_start[start] + counts if start in by_start else counts

    def note_busy(self, source: str, start: Start, seconds: BusySeconds) -> None:
        """Adds seconds with publishing."""
        by_start = self.busy.setdefault(source, {})
        by_start[start] = by_start[start] | seconds if start in by_start else seconds

    def fail(self, feature: str, start: Start, values: Mapping[str, int]) -> None:
        """Adds values of a feature that could not be computed."""
        by_reason = self.failed.setdefault(feature, {}).setdefault(start, {})
        for why, many in values.items():
            by_reason[why] = by_reason.get(why, 0) + many

    def sample(self, source: str, start: Start, sample: EventSample) -> None:
        """Adds sampled events of a source."""
        by_start = self.samples.setdefault(source, {})
        by_start[start] = by_start[start] + sample if start in by_start else sample

    def dump(self) -> bytes:
        """Encodes the observations as bytes."""
        counts = {
            name: {start: events.dump() for start, events in by_start.items()} for name, by_start in self.counts.items()
        }
        busy = {
            name: {start: bytes(seconds) for start, seconds in by_start.items()} for name, by_start in self.busy.items()
        }
        return msgspec.msgpack.encode(_Kept(counts, busy, self.failed))

    @classmethod
    def load(cls, data: bytes) -> "ObservedEvents":
        """Decodes dumped observations."""
        observations = msgspec.msgpack.decode(data, type=_Kept)
        counts = {
            name: {start: EventCounts.load(events) for start, events in by_start.items()}
            for name, by_start in observations.counts.items()
        }
        busy = {
            name: {start: BusySeconds(seconds) for start, seconds in by_start.items()}
            for name, by_start in observations.busy.items()
        }
        return cls(counts, busy, observations.failed)


class EventObserver:
    """Observes the batches of a source by intervals of `length_ms`; the `sampler` samples their events."""

    def __init__(self, length_ms: int, sampler: EventSampler) -> None:
        self._length_ms, self._sampler = length_ms, sampler

    def __call__(self, batch: ProjectedBatch, late: Iterable[LateRows]) -> ObservedEvents:
        """Observes a batch, some of whose events are late."""
        observed, source = ObservedEvents(), batch.events.source
        for start, part in by_arrival(batch.events, self._length_ms):
            observed.count(source, start, event_counts(part, newest_publish(part.arrivals)))
            if (sample := self._sampler(part, start, start)) is not None:
                observed.sample(source, start, sample)
            observed.note_busy(source, start, busy_seconds(part.arrivals, start, self._length_ms))
        for late_rows in late:
            self._count_late(observed, late_rows)
        for nulled in batch.nulled:
            starts = (batch.events.times[nulled.rows] + 1) // self._length_ms * self._length_ms
            for start, values in zip(*np.unique(starts, return_counts=True), strict=True):
                observed.fail(nulled.feature, int(start), {nulled.why: int(values)})
        return observed

    def _count_late(self, observed: ObservedEvents, late: LateRows) -> None:
        starts = late.arrivals.arrived(late.rows) // self._length_ms * self._length_ms
        for start in np.unique(starts).tolist():
            observed.count(late.source, start, late_counts(replace(late, rows=late.rows[starts == start])))


def _flat(known: Mapping[str, Mapping[Start, T]]) -> Iterator[tuple[str, Start, T]]:
    return ((name, start, value) for name, by_start in known.items() for start, value in by_start.items())
