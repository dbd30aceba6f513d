"""Keeps decoded events beside their payloads, so that reading them again needs no decoding.

Only the decoder's result for a payload is kept. Nothing is kept where the payload is not an event, or where the result
holds more than values: such payloads are decoded again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from dataflows.definitions import Source
from dataflows.definitions.fingerprint import digest
from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.decoding.payload_reader import PayloadReader, ReadPayloads
from dataflows.ingest.decoding.standard_json import plain
from dataflows.ingest.event_limits import EventLimits
from dataflows.kernels.arrays import Bools, Ints

_DECODING = 1
"""Increase this number with every change of the decoder's results, so that events kept before it are decoded again."""
_ARROW: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INT32": pa.int32(),
    "INT64": pa.int64(),
    "FLOAT": pa.float64(),
    "DOUBLE": pa.float64(),
    "BOOL": pa.bool_(),
    "TIMESTAMP": pa.timestamp("ms", "UTC"),
}


class EventTyping:
    """Decodes the payloads of one source for keeping, under the `fingerprint` of the way they are decoded."""

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self.fingerprint = fingerprint_of(source, limits)
        self.type = pa.struct([(name, _ARROW[kind]) for name, kind in source.columns.items()])
        self._read = PayloadReader(source, limits)

    def __call__(self, payloads: Sequence[bytes]) -> pa.StructArray:
        """Returns the events; null where a payload is not an event."""
        events = self._read(payloads)
        positions = self._places(events, payloads)
        missing = positions < 0
        places = pa.array(positions, mask=missing)
        columns = [self._column(events.frame[field.name], field.type).take(places) for field in self.type]
        return pa.StructArray.from_arrays(columns, fields=list(self.type), mask=pa.array(missing))

    def _places(self, events: ReadPayloads, payloads: Sequence[bytes]) -> Ints:
        """Returns the number of each payload's event; -1 for payloads that are decoded again."""
        positions = np.full(len(payloads), -1)
        positions[events.rows] = np.arange(len(events.rows))
        positions[[int(events.rows[event]) for event, *_ in events.wrong]] = -1
        if events.nulled:
            positions[[row for row, payload in enumerate(payloads) if plain(payload)[1]]] = -1
        return positions

    def _column(self, column: pl.Series, dtype: pa.DataType) -> pa.Array:
        return column.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(dtype)


class EventReader:
    """Reads batches of one source: kept events if they were decoded in the same way, otherwise their payloads.

    Of kept events only the columns in `read` are read.
    """

    def __init__(self, source: Source, limits: EventLimits, read: Collection[str]) -> None:
        self._fingerprint = fingerprint_of(source, limits)
        self._names = [name for name in source.columns if name in read]
        self._read = PayloadReader(source, limits)

    def __call__(self, arrivals: MergedBatch) -> ReadPayloads:
        """Returns the events of the batches and their rejects."""
        full = [batch for batch in arrivals.batches if len(batch.payloads)]
        typed = [batch.typed for batch in full if batch.typed and batch.typed.fingerprint == self._fingerprint]
        if not typed or len(typed) < len(full):
            return self._read(arrivals.payloads)
        events = pa.chunked_array([of_batch.events(self._names) for of_batch in typed])
        columns = dict(zip([field.name for field in events.type], events.flatten(), strict=True))
        frame = pl.DataFrame(pa.table({name: columns[name] for name in self._names}))
        if not events.null_count:
            return ReadPayloads(frame, np.arange(len(frame)), [], [], _longest(columns.values()), 0)
        return self._with_others(frame, events.is_valid().to_numpy(), arrivals, _longest(columns.values()))

    def _with_others(self, frame: pl.DataFrame, valid: Bools, arrivals: MergedBatch, longest: int) -> ReadPayloads:
        """Decodes the payloads without a kept event and puts their events in place."""
        others = np.flatnonzero(~valid)
        others_read = self._read([arrivals.payload(row) for row in others.tolist()]).placed(others)
        others_read = replace(others_read, frame=others_read.frame.select(self._names))
        return others_read.behind(frame.filter(valid), np.flatnonzero(valid), longest)


def _longest(columns: Iterable[pa.ChunkedArray]) -> int:
    """Returns the length in bytes of the longest text in columns."""
    texts = (column for column in columns if pa.types.is_string(column.type))
    lengths = [pc.max(pc.binary_length(column)).as_py() for column in texts]
    return max((length for length in lengths if length is not None), default=0)


def fingerprint_of(source: Source, limits: EventLimits) -> str:
    """Identifies everything that decides how a payload is decoded, except its arrival."""
    return digest(
        {
            "decoding": _DECODING,
            "format": source.format,
            "columns": source.columns,
            "required": sorted(source.required),
            "unknown_fields": source.unknown_fields,
            "ids": sorted(set(source.entities.values())),
            "empty_id": limits.empty_id,
            "event_bytes": limits.event_bytes,
        }
    )
