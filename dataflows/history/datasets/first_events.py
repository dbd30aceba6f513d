"""When each entity had its first event, of as much of the history as is read: what tells the rows of some times."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.compiler import source_inputs
from dataflows.definitions import Definitions, Source
from dataflows.ingest import Decoder, EventLimits, Partitioner, Projection, kept_columns
from dataflows.kernels.arrays import Ints

MOST_EVENTS = 2_000_000
"""As many are read in some seconds, and their entities fit into memory."""
_PENDING = 50_000

EntityEvents = Callable[[RawBatch], tuple[Ints, Ints, int]]
"""Of the events that features of an entity type take: the hashes of ids, times (ms), the bytes of all ids."""


class FirstEvents:
    """Reads batches of the topics' messages, `messages` in all (None if not known), until there are enough."""

    def __init__(self, messages: int | None) -> None:
        self._messages, self._read, self._id_bytes, self._events, self._newest = messages, 0, 0, 0, 0
        self._firsts, self._pending = _firsts([], []), list[pl.DataFrame]()
        self._grown = [(0, 0)]
        self.whole = True
        """Whether all messages were read."""

    @property
    def id_bytes(self) -> int:
        """The bytes of an id, as events have them."""
        return -(-self._id_bytes // max(1, self._events))

    def read(self, batches: Iterable[RawBatch], taken: EntityEvents, most: int) -> None:
        """Reads about so many messages."""
        end = self._read + most
        for batch in batches:
            self._add(len(batch.payloads), *taken(batch))
            if self._read >= end:
                self.whole = False
                break

    def rows(self, times: Ints) -> int | None:
        """The rows of some times (ms, rising): an entity has one at each that is later than its first event.

        Where only some messages were read, those that are left are taken to bring fewer and fewer new entities, as
        those that were read did; None where nobody knows how many are left.
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
        """New entities of some more messages: of as many as the later half of those read, `ratio` as many as of it."""
        first, before = next(point for point in reversed(self._grown) if point[0] <= self._read / 2)
        half, new = max(1, self._read - first), len(self._firsts) - before
        ratio, halves = new / half * first / before if before else 1.0, messages / half
        return new * halves if ratio >= 1 else new * ratio * (1 - ratio**halves) / (1 - ratio)


def entity_events(definitions: Definitions, source: Source, entity_id: str, limits: EventLimits) -> EntityEvents:
    """What features of an entity type take of a source, decoded and filtered as they are in a replay."""
    feed = source_inputs(definitions.of_entity(entity_id))[source.name]
    decoder = Decoder(source, limits, kept_columns(source, definitions))
    projection = Projection(source, [feed], definitions.features)
    partitioner = Partitioner(source.entities[entity_id], feed, projection, 1, False)

    def taken(batch: RawBatch) -> tuple[Ints, Ints, int]:
        events = partitioner.cut(projection(decoder(batch)))[0].batch
        return events.hashes, events.times, len(events.ids)

    return taken


def by_turns(streams: Iterable[Iterator[RawBatch]]) -> Iterator[RawBatch]:
    """A batch of each, again and again: partitions go on together, as they were published."""
    left = list(streams)
    while left:
        for stream in list(left):
            if (batch := next(stream, None)) is None:
                left.remove(stream)
            elif batch.payloads:
                yield batch


def _firsts(ids: Ints | list[int], times: Ints | list[int]) -> pl.DataFrame:
    return pl.DataFrame({"id": np.asarray(ids, np.int64), "time": np.asarray(times, np.int64)})
