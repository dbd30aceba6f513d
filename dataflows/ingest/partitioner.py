"""Partitions events into columns per shard: evaluates expressions once per source, then cuts once per entity type.

Only arrays cross the exchange: ids, event times, words of values, and the lanes that admit each event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from dataflows.compiler import SourceInputs
from dataflows.ingest.batches import BatchSlice, MergedBatch, arrivals_of
from dataflows.ingest.projection import ProjectedBatch, Projection
from dataflows.kernels.arrays import NO_ROWS, NOTHING, Batch, Bytes, Ints
from dataflows.kernels.partition import cut, take
from dataflows.kernels.strings.arrow_strings import take_strings
from dataflows.kernels.strings.string_array import Strings, strings_of


@dataclass(frozen=True, slots=True)
class PartitionedBatch:
    """The events of a batch that one entity type takes, grouped by shard.

    `texts` are the texts of columns of `batch.values`, `rows` the positions of the events in `arrivals`; `newest` is
    the newest event time of the whole batch (ms), None for a batch without events.
    """

    source: str
    batch: Batch
    texts: Mapping[int, tuple[Strings, Bytes]]
    arrivals: MergedBatch
    rows: Ints
    newest: int | None


@dataclass(frozen=True, slots=True)
class ShardBatch:
    """Events for one shard: a range of rows of a cut, which all shards of a worker share."""

    cut: PartitionedBatch
    rows: range

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles only the shard's own events, with the last position of the whole batch, for another worker."""
        cut, (start, stop) = self.cut, (self.rows.start, self.rows.stop)
        texts = {column: (text.part(start, stop), valid[start:stop]) for column, (text, valid) in cut.texts.items()}
        picked = cut.arrivals.pick(cut.rows[start:stop])
        return _shard_batch, (cut.source, _part(cut.batch, start, stop), texts, picked, cut.newest)


class Partitioner:
    """Cuts the batches of one source for one entity type.

    A replay's clock is the event time that every partition has reached, so there (`everywhere`) each batch goes to all
    shards. In a live run it goes only to shards that it has events for, unless it reports backlog progress.
    """

    def __init__(self, key: str, feed: SourceInputs, evaluator: Projection, shards: int, everywhere: bool) -> None:
        self._key = key
        self._values = np.array([evaluator.values.index(value) for value in feed.values], np.int64)
        self._lanes = np.array([evaluator.selections.index(selection) for selection in feed.selections], np.int64)
        self._shards = shards
        self._everywhere = everywhere

    def __call__(self, evaluated: ProjectedBatch) -> Iterator[tuple[str, ShardBatch]]:
        """Yields each shard's key with its events."""
        whole, starts = self.cut(evaluated)
        for shard, (start, stop) in enumerate(pairwise(starts.tolist())):
            if start < stop or self._everywhere or whole.arrivals.progress:
                yield shard_key(shard), ShardBatch(whole, range(start, stop))

    def cut(self, evaluated: ProjectedBatch) -> tuple[PartitionedBatch, Ints]:
        """Returns the events grouped by shard, and where each shard starts."""
        events = evaluated.events
        column = events.frame[self._key]
        column = column if column.dtype == pl.String else column.cast(pl.String)
        ids, known = strings_of(column), evaluated.known[self._key]
        hashes, order, starts = cut(ids.offsets, ids.data, known, evaluated.selections, self._lanes, self._shards)
        offsets, data = take_strings(ids.offsets, ids.data, order)
        values, lanes = take(evaluated.values, order, self._values), take(evaluated.selections, order, self._lanes)
        batch = Batch(hashes[order], offsets, data, events.times[order], values, lanes)
        texts, rows = picked_texts(evaluated, order, self._values), events.rows[order]
        return PartitionedBatch(events.source, batch, texts, events.arrivals, rows, events.newest), starts


class WatermarkBroadcast:
    """Tells the shards of an entity type how far a source has come that has no events for them."""

    def __init__(self, shards: int) -> None:
        self._shards = shards

    def __call__(self, evaluated: ProjectedBatch) -> Iterator[tuple[str, ShardBatch]]:
        """Yields each shard's key with a batch without events."""
        events = evaluated.events
        tick = ShardBatch(
            PartitionedBatch(events.source, NOTHING, {}, events.arrivals, NO_ROWS, events.newest), range(0)
        )
        return ((shard_key(shard), tick) for shard in range(self._shards))


def picked_texts(evaluated: ProjectedBatch, order: Ints, values: Ints) -> dict[int, tuple[Strings, Bytes]]:
    """Returns the texts of some rows, for the picked columns of values that have texts."""
    picked = {}
    for column, value in enumerate(values):
        if value in evaluated.texts:
            texts, valid = evaluated.texts[value]
            picked[column] = Strings(*take_strings(texts.offsets, texts.data, order)), valid[order]
    return picked


def shard_key(shard: int) -> str:
    """Returns the Bytewax key of a shard."""
    return f"{shard:03d}"


def _part(batch: Batch, start: int, stop: int) -> Batch:
    ids = Strings(batch.offsets, batch.ids).part(start, stop)
    rest = batch.times[start:stop], batch.values[start:stop], batch.lanes[start:stop]
    return Batch(batch.hashes[start:stop], ids.offsets, ids.data, *rest)


def _shard_batch(
    source: str,
    batch: Batch,
    texts: Mapping[int, tuple[Strings, Bytes]],
    picked: Sequence[BatchSlice],
    newest: int | None,
) -> ShardBatch:
    arrivals, rows = arrivals_of(picked), np.arange(len(batch.times))
    return ShardBatch(PartitionedBatch(source, batch, texts, arrivals, rows, newest), range(len(rows)))
