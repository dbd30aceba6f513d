"""Sorts events of one shard from several batches by event time, into batches of one source to be folded in turn.

An entity's events of several sources alternate in time. They are cut where the source changes: first the events before
the first change of each entity, then those before the second, and so on; in each of these layers an entity has events
of one source only, so its batches can be folded one after another.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.partitioner import PartitionedBatch, ShardBatch
from dataflows.kernels.arrays import Batch, Ints
from dataflows.kernels.strings.arrow_strings import take_strings
from dataflows.kernels.strings.string_array import Strings, joined


def in_time_order(batches: Sequence[ShardBatch]) -> Iterator[ShardBatch]:
    """Yields the events of the batches in time order; events of a single partition stay in publish order."""
    if not batches:
        return
    if len(batches) == 1 and len(batches[0].cut.arrivals.batches) == 1:
        yield batches[0]
        return
    sources = [SourceEvents(_of_source(batches, source)) for source in sorted({batch.cut.source for batch in batches})]
    layers = _layers(sources)
    starts = np.cumsum([0, *(len(events.times) for events in sources)])
    for layer in range(int(layers.max(initial=-1)) + 1):
        for events, start, end in zip(sources, starts, starts[1:], strict=False):
            rows = np.flatnonzero(layers[start:end] == layer)
            if len(rows):
                yield events.select(rows[np.argsort(events.times[rows], kind="stable")])


def split_at(batches: Sequence[ShardBatch], time: float) -> tuple[list[ShardBatch], list[ShardBatch]]:
    """Splits events into those published before a time (ms) and the others."""
    before, after = list[ShardBatch](), list[ShardBatch]()
    for source in {batch.cut.source for batch in batches}:
        events = SourceEvents(_of_source(batches, source))
        for part, chosen in ((before, events.published < time), (after, events.published >= time)):
            if chosen.any():
                part.append(events.select(np.flatnonzero(chosen)))
    return before, after


class SourceEvents:
    """Events of one source: the rows of several batches, one after another."""

    def __init__(self, batches: Sequence[ShardBatch]) -> None:
        self._batches = batches
        self.times: Ints = np.concatenate([_rows_of(batch, batch.cut.batch.times) for batch in batches])
        self.hashes: Ints = np.concatenate([_rows_of(batch, batch.cut.batch.hashes) for batch in batches])

    @property
    def published(self) -> Ints:
        """Returns when each event was published (ms), as exactly as its batch knows."""
        return np.concatenate([batch.cut.arrivals.arrived(_rows_of(batch, batch.cut.rows)) for batch in self._batches])

    def select(self, order: Ints) -> ShardBatch:
        """Returns the events at these positions, in that order."""
        batches = self._batches
        ids = joined(
            [Strings(merged.cut.batch.offsets, merged.cut.batch.ids).part(*_bounds(merged)) for merged in batches]
        )
        offsets, data = take_strings(ids.offsets, ids.data, order)
        values = np.concatenate([_rows_of(merged, merged.cut.batch.values) for merged in batches])[order]
        lanes = np.concatenate([_rows_of(merged, merged.cut.batch.lanes) for merged in batches])[order]
        batch = Batch(self.hashes[order], offsets, data, self.times[order], values, lanes)
        newest = max((merged.cut.newest for merged in batches if merged.cut.newest is not None), default=None)
        texts = {column: self._texts(column, order) for column in batches[0].cut.texts}
        cut = PartitionedBatch(batches[0].cut.source, batch, texts, self._arrivals(), self._rows()[order], newest)
        return ShardBatch(cut, range(len(order)))

    def _texts(self, column: int, order: Ints) -> tuple[Strings, np.ndarray[tuple[int], np.dtype[np.uint8]]]:
        texts = [batch.cut.texts[column] for batch in self._batches]
        parts = [text.part(*_bounds(batch)) for batch, (text, _) in zip(self._batches, texts, strict=True)]
        valid = np.concatenate([_rows_of(batch, known) for batch, (_, known) in zip(self._batches, texts, strict=True)])
        all_texts = joined(parts)
        return Strings(*take_strings(all_texts.offsets, all_texts.data, order)), valid[order]

    def _arrivals(self) -> MergedBatch:
        return MergedBatch(tuple(raw for batch in self._batches for raw in batch.cut.arrivals.batches))

    def _rows(self) -> Ints:
        """Returns the rows of the events in the merged arrivals."""
        before = np.cumsum([0, *(len(batch.cut.arrivals) for batch in self._batches)])
        parts = [_rows_of(batch, batch.cut.rows) + start for batch, start in zip(self._batches, before, strict=False)]
        return np.concatenate(parts)


def _layers(sources: Sequence[SourceEvents]) -> Ints:
    """Returns, for each event, how often the source of its entity's events has changed before it."""
    times, hashes = (
        np.concatenate([events.times for events in sources]),
        np.concatenate([events.hashes for events in sources]),
    )
    layers = np.zeros(len(times), np.int64)
    if len(sources) == 1:
        return layers
    source = np.repeat(np.arange(len(sources)), [len(events.times) for events in sources])
    order = np.lexsort((source, times, hashes))
    entity, of = hashes[order], source[order]
    same = entity[1:] == entity[:-1]
    changes = np.concatenate([[0], np.cumsum(same & (of[1:] != of[:-1]))])
    first = np.concatenate([[0], np.where(same, 0, np.arange(1, len(entity)))])
    layers[order] = changes - changes[np.maximum.accumulate(first)]
    return layers


def _of_source(batches: Sequence[ShardBatch], source: str) -> list[ShardBatch]:
    return [batch for batch in batches if batch.cut.source == source]


def _bounds(batch: ShardBatch) -> tuple[int, int]:
    return batch.rows.start, batch.rows.stop


def _rows_of(batch: ShardBatch, column: np.ndarray) -> np.ndarray:
    return column[batch.rows.start : batch.rows.stop]
