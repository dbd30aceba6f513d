"""Holds the result of batches that were read together: events per entity type, and positions of their partitions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from connectors.messages import RawBatch
from dataflows.history.spill.observed_events import EventObserver, ObservedEvents
from dataflows.history.spill.readings import Reading, Readings, place_of, read_on
from dataflows.history.spill.spilled_batch import SpilledBatch, arrivals_of_events
from dataflows.ingest import ProjectedBatch
from dataflows.kernels.arrays import Ints
from dataflows.windows import LateRows


class SourceRows(Protocol):
    """Rows of one source for one entity type."""

    @property
    def entity_id(self) -> str:
        """Returns the entity type's id."""

    @property
    def source(self) -> str:
        """Returns the name of the source, which names the files."""

    def __len__(self) -> int: ...


class Cutter(Protocol):
    """Cuts the batches of a source for one entity type."""

    @property
    def entity_id(self) -> str:
        """Returns the id of the entity type."""

    def __call__(self, evaluated: ProjectedBatch, arrived: Ints) -> tuple[SpilledBatch, LateRows | None]:
        """Returns the events of a batch by shard, and the late ones; `arrived` holds arrivals of payloads (ms)."""


Spilled = TypeVar("Spilled", bound=SourceRows)


@dataclass(frozen=True, slots=True)
class SpilledRead(Generic[Spilled]):
    """One item of the spill; `late` are dropped events, by entity type, `observed` holds observations."""

    batches: tuple[Spilled, ...]
    readings: Readings
    late: tuple[tuple[str, LateRows], ...] = ()
    observed: ObservedEvents | None = None


class SpillCutter:
    """Cuts the batches of a source for all entity types with features of it; reads arrivals if needed.

    An `observer` observes each batch.
    """

    def __init__(
        self, partitioners: Iterable[Cutter], arrivals: bool = True, observer: EventObserver | None = None
    ) -> None:
        self._partitioners, self._arrivals, self._observer = tuple(partitioners), arrivals, observer

    def __call__(self, batch: ProjectedBatch) -> SpilledRead[SpilledBatch]:
        """Returns the result of a batch in one item, because half of it is never stored."""
        arrived = arrivals_of_events(batch) if self._arrivals else np.zeros(len(batch.events.arrivals), np.int64)
        cuts = [(partitioner.entity_id, *partitioner(batch, arrived)) for partitioner in self._partitioners]
        spilled = tuple(spilled for _, spilled, _ in cuts if len(spilled.times) or spilled.newest is not None)
        late = tuple((entity_id, late) for entity_id, _, late in cuts if late is not None)
        observed = self._observer(batch, [events for _, events in late]) if self._observer else None
        readings = readings_after(batch.events.source, batch.events.arrivals.batches)
        return SpilledRead(spilled, readings, late, observed)


def readings_after(source: str, batches: Iterable[RawBatch]) -> Readings:
    """Returns the positions of a source's partitions after these batches."""
    readings: Readings = {}
    for batch in batches:
        if batch.after is not None:
            reading = Reading(batch.after, batch.ended, batch.before + len(batch.payloads))
            read_on(readings, {place_of(source, batch.partition): reading})
    return readings
