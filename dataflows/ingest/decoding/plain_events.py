"""Reads plain payloads straight into columns, a whole batch in one kernel call that also tells which payloads are
plain."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dataflows.definitions import POLARS_TYPES, Source
from dataflows.ingest.event_limits import EventLimits
from dataflows.kernels.arrays import Bools, Bytes, Ints
from dataflows.kernels.json import plain_columns
from dataflows.kernels.json.byte_words import PADDING
from dataflows.kernels.json.events import copy_texts, read_events
from dataflows.kernels.json.plain_columns import Columns, FieldOrder, Fields
from dataflows.kernels.strings.string_array import Strings

_KINDS = {
    "STRING": plain_columns.TEXT,
    "INT32": plain_columns.INT32,
    "INT64": plain_columns.INT64,
    "FLOAT": plain_columns.REAL,
    "DOUBLE": plain_columns.REAL,
    "BOOL": plain_columns.BOOL,
    "TIMESTAMP": plain_columns.TIME,
}
_TEXTS = (plain_columns.TEXT, plain_columns.ID)
_WORD = 8  # bytes
_MOST_KEPT = 1 << 26  # bytes of words that are kept for the next batch


@dataclass(frozen=True, slots=True)
class PlainEvents:
    """The events of plain payloads in order, and which payloads these are. None is longer than `longest` bytes."""

    frame: pl.DataFrame
    plain: Bools
    longest: int


class _Room(NamedTuple):
    """Working memory of a batch: the first arrays of `Columns`."""

    words: Ints
    lengths: Ints
    valid: Bools


class PlainEventReader:
    """Reads the plain payloads of one source. An empty id becomes null, unless `empty_id`."""

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self._limit = limits.event_bytes
        self._types = [(name, POLARS_TYPES[kind]) for name, kind in source.columns.items()]
        self._fields = _fields(source, limits.empty_id)
        self._follows = np.zeros(len(self._types) + 1, np.int64)
        self._spare = list[_Room]()

    def __call__(self, payloads: Sequence[bytes]) -> PlainEvents:
        """Reads the plain payloads of a batch into events."""
        offsets, data = _joined(payloads)
        room, plain = self._taken_room(len(payloads)), np.empty(len(payloads), np.bool_)
        columns = Columns(*room, others=np.empty(len(data), np.uint8), taken=np.zeros(1, np.int64))
        order = FieldOrder(self._follows.copy(), np.zeros(len(self._types), np.int64))
        count = read_events(offsets, data, self._limit, self._fields, columns, order, plain)
        self._follows = order.follows
        frame = self._frame(columns, data, count)
        if room.words.nbytes <= _MOST_KEPT:
            self._spare.append(room)
        return PlainEvents(frame, plain, min(int(np.diff(offsets).max(initial=0)), self._limit))

    def _taken_room(self, events: int) -> "_Room":
        """Reuses the memory of an earlier batch if it is large enough: new memory costs more than the work in it.

        Several workers may read at the same time, so only one of them holds it.
        """
        with suppress(IndexError):  # another worker holds it
            room = self._spare.pop()
            if room.valid.shape[1] >= events:
                return room
        shape = len(self._types), events
        return _Room(np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape, np.bool_))

    def _frame(self, columns: Columns, data: Bytes, count: int) -> pl.DataFrame:
        whole, series = np.all(columns.valid[:, :count], axis=1), list[pl.Series]()
        for column, (name, dtype) in enumerate(self._types):
            words, valid = columns.words[column, :count], None if whole[column] else columns.valid[column, :count]
            if self._fields.kinds[column] in _TEXTS:
                texts = _texts(words, columns.lengths[column, :count], data, columns.others)
                series.append(pl.Series(name, texts.arrow(valid)))
            else:
                series.append(_numbers(name, words, valid, dtype))
        return pl.DataFrame(series)


def _joined(payloads: Sequence[bytes]) -> tuple[Ints, Bytes]:
    """Joins payloads into offsets and bytes, with padding at the end."""
    joined = pa.array([*payloads, PADDING], pa.large_binary())
    _, offsets, data = joined.buffers()
    return np.frombuffer(offsets, np.int64)[: len(payloads) + 1], np.frombuffer(data, np.uint8)


def _texts(starts: Ints, lengths: Ints, data: Bytes, others: Bytes) -> Strings:
    ends = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    texts = np.empty(int(ends[-1]) + _WORD, np.uint8)
    copy_texts(data, others, starts, ends, texts)
    return Strings(ends, texts)


def _numbers(name: str, words: Ints, valid: Bools | None, dtype: pl.DataType) -> pl.Series:
    """Converts words to values of their type, copied because a series shares the memory of its array."""
    own = words.copy()
    values = pl.Series(name, own.view(np.float64) if dtype == pl.Float64() else own)
    values = values if values.dtype == dtype else values.cast(dtype)
    return values if valid is None else values.set(pl.Series(~valid), None)


def _fields(source: Source, empty_id: bool) -> Fields:
    ids = frozenset() if empty_id else frozenset(source.entities.values())
    kinds = [
        plain_columns.ID if kind == "STRING" and name in ids else _KINDS[kind] for name, kind in source.columns.items()
    ]
    names = [name.encode() for name in source.columns]
    width = max(len(name) // _WORD + 1 for name in names)
    return Fields(
        names=_words([name + b'"' for name in names], width),
        masks=_words([b"\xff" * (len(name) + 1) for name in names], width),
        lengths=np.array([len(name) for name in names], np.int64),
        kinds=np.array(kinds, np.int64),
        required=np.array([name in source.required for name in source.columns], np.bool_),
        skips_unknown=source.unknown_fields == "ignore",
    )


def _words(texts: Sequence[bytes], width: int) -> npt.NDArray[np.uint64]:
    """Encodes texts as rows of words, padded with zeros."""
    return np.frombuffer(b"".join(text.ljust(width * _WORD, b"\0") for text in texts), np.uint64).reshape(-1, width)
