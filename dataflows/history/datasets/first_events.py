"""Finds the first event of each entity in a part of the history, to estimate the number of rows at given times."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.compiler import source_inputs
from dataflows.definitions import Definitions, Source
from dataflows.ingest import Decoder, EventLimits, Partitioner, Projection, kept_columns
from dataflows.kernels.arrays import Ints

MOST_EVENTS = 2_000_000
"""Number of events to read: reading takes seconds, and their entities fit into memory."""
_PENDING = 50_000

EntityEvents = Callable[[RawBatch], tuple[Ints, Ints, int]]
"""Returns hashes of ids, times (ms) and the total bytes of ids, of the events that features of an entity type use."""


class FirstEvents:
    """Reads batches of the topics up to a limit; `messages` is the number of all of them (None if unknown)."""

    def __init__(self, messages: int | None) -> None:
        self._messages, self._read, self._id_bytes, self._events, self._newest = messages, 0, 0, 0, 0
        self._firsts, self._pending = _firsts([], []), list[pl.DataFrame]()
        self._grown = [(0, 0)]
        self.whole = True
        """True unless reading stopped before the end."""

    @property
    def id_bytes(self) -> int:
        """Returns the mean size of an id (bytes), rounded up."""
        return -(-self._id_bytes // max(1, self._events))

    def read(self, batches: Iterable[RawBatch], hashes_and_times: EntityEvents, most: int) -> None:
        """Reads about `most` messages."""
        end = self._read + most
        for batch in batches:
            self._add(len(batch.payloads), *hashes_and_times(batch))
            if self._read >= end:
                self.whole = False
                break

    def rows(self, times: Ints) -> int | None:
        """Returns the number of rows at some times (ms, rising): an entity has one at each time after its first event.

        If only some messages were read, extrapolates: the others bring new entities at a rate that declines as it did
        in the messages read. None if the number of the others is unknown.
        """
        self._merge()
        known = len(times) - np.searchsorted(times, self._firsts["time"].to_numpy(), side="right")
        if self.whole:
            return int(known.sum())
        if self._messages is None:
            return None
        later = len(times) - int(np.searchsorted(times, self._newest, side="right"))
        return int(known.sum() + self._to_come(max(0, self._messages - self._read)) * later / 2)

    def _add(self, messages: int, ids: Ints, times: Ints, id_bytes: int) -> None:
        self._read, self._events = self._read + messages, self._events + len(ids)
        self._id_bytes += id_bytes
        self._newest = max(self._newest, int(times.max(initial=0)))
        self._pending.append(_firsts(ids, times))
        if sum(map(len, self._pending)) >= _PENDING:
            self._merge()

    def _merge(self) -> None:
        held = pl.concat([self._firsts, *self._pending])
        self._firsts, self._pending = held.group_by("id").agg(pl.col("time").min()), []
        self._grown.append((self._read, len(self._firsts)))

    def _to_come(self, messages: int) -> float:
        """Extrapolates new entities: each further half of the messages brings `ratio` times as many as the last."""
        first, before = next(point for point in reversed(self._grown) if point[0] <= self._read / 2)
        half, new = max(1, self._read - first), len(self._firsts) - before
        ratio, halves = new / half * first / before if before else 1.0, messages / half
        return new * halves if ratio >= 1 else new * ratio * (1 - ratio**halves) / (1 - ratio)


def entity_events(definitions: Definitions, source: Source, entity_id: str, limits: EventLimits) -> EntityEvents:
    """Returns a function that selects the events of an entity type, decoded and filtered as in a replay."""
    feed = source_inputs(definitions.of_entity(entity_id))[source.name]
    decoder = Decoder(source, limits, kept_columns(source, definitions))
    projection = Projection(source, [feed], definitions.features)
    partitioner = Partitioner(source.entities[entity_id], feed, projection, 1, False)

    def hashes_and_times(batch: RawBatch) -> tuple[Ints, Ints, int]:
        events = partitioner.cut(projection(decoder(batch)))[0].batch
        return events.hashes, events.times, len(events.ids)

    return hashes_and_times


def by_turns(streams: Iterable[Iterator[RawBatch]]) -> Iterator[RawBatch]:
    """Yields a batch of each stream in turn, so that partitions advance together, as they were published."""
    running = list(streams)
    while running:
        for stream in list(running):
            if (batch := next(stream, None)) is None:
                running.remove(stream)
            elif batch.payloads:
                yield batch


def _firsts(ids: Ints | list[int], times: Ints | list[int]) -> pl.DataFrame:
    return pl.DataFrame({"id": np.asarray(ids, np.int64), "time": np.asarray(times, np.int64)})
