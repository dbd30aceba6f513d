"""Encodes the events of a shard as bytes for snapshots: MessagePack; an array is its type, its shape and its bytes.

Backlog progress is not encoded, because another process will read on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from dataflows.ingest.batches import BatchSlice, MergedBatch, arrivals_of
from dataflows.ingest.partitioner import PartitionedBatch, ShardBatch
from dataflows.kernels.arrays import Batch
from dataflows.kernels.strings.string_array import Strings


class _Array(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    content: bytes


class _Texts(msgspec.Struct, array_like=True, frozen=True):
    offsets: _Array
    content: _Array
    valid: _Array


class _Events(msgspec.Struct, array_like=True, frozen=True):
    """One batch; `columns` are those of `Batch` in order, `published` the publish time of each payload (ms)."""

    source: str
    newest: int | None
    columns: tuple[_Array, ...]
    texts: dict[int, _Texts]
    arrivals: tuple[tuple[str, list[bytes], int, int, bool, str], ...]
    published: _Array


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[_Events])


def encode(batches: Sequence[ShardBatch]) -> bytes:
    """Encodes batches with the payloads of their own events."""
    return _encoder.encode([_events(batch) for batch in batches])


def decode(content: bytes) -> list[ShardBatch]:
    """Decodes the batches of `encode`. Raises msgspec.DecodeError, ValueError."""
    return [_batch(events) for events in _decoder.decode(content)]


def _events(batch: ShardBatch) -> _Events:
    cut, start, stop = batch.cut, batch.rows.start, batch.rows.stop
    columns = cut.batch
    ids = Strings(columns.offsets, columns.ids).part(start, stop)
    rest = (column[start:stop] for column in (columns.times, columns.values, columns.lanes))
    arrays = (columns.hashes[start:stop], ids.offsets, ids.data, *rest)
    return _Events(
        cut.source,
        None if cut.newest is None else int(cut.newest),
        tuple(map(_array, arrays)),
        {column: _texts(*texts, start, stop) for column, texts in cut.texts.items()},
        tuple(picked[:6] for picked in cut.arrivals.pick(cut.rows[start:stop])),
        _array(cut.arrivals.arrived(cut.rows[start:stop])),
    )


def _texts(texts: Strings, valid: "np.ndarray[Any, Any]", start: int, stop: int) -> _Texts:
    part = texts.part(start, stop)
    return _Texts(_array(part.offsets), _array(part.data), _array(valid[start:stop]))


def _array(array: "np.ndarray[Any, Any]") -> _Array:
    return _Array(array.dtype.str, array.shape, array.tobytes())


def _batch(events: _Events) -> ShardBatch:
    batch = Batch(*map(_numbers, events.columns))
    rows = np.arange(len(batch.times))
    texts = _texts_of(events.texts)
    cut = PartitionedBatch(events.source, batch, texts, _arrivals(events), rows, events.newest)
    return ShardBatch(cut, range(len(rows)))


def _arrivals(events: _Events) -> MergedBatch:
    return arrivals_of([*_slices(events, _numbers(events.published).tolist())])


def _slices(events: _Events, published: list[int]) -> Iterator[BatchSlice]:
    start = 0
    for picked in events.arrivals:
        stop = start + len(picked[1])
        yield (*picked, None, published[start:stop])
        start = stop


def _texts_of(texts: Mapping[int, _Texts]) -> dict[int, tuple[Strings, "np.ndarray[Any, Any]"]]:
    return {
        column: (Strings(_numbers(text.offsets), _numbers(text.content)), _numbers(text.valid))
        for column, text in texts.items()
    }


def _numbers(array: _Array) -> "np.ndarray[Any, Any]":
    """Returns a copy, because kernels are compiled for writable arrays."""
    return np.frombuffer(array.content, np.dtype(array.dtype)).reshape(array.shape).copy()
