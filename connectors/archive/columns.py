"""Messages as columns of Parquet, with their events beside them."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.messages import MessageColumns

EVENT = "event"

SCHEMA = pa.schema(
    [
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("published_ms", pa.int64(), nullable=False),
        pa.field("event_ms", pa.int64()),
    ]
)


class EventTypes(Protocol):
    """Decodes payloads as a `type` of one field per column; `fingerprint` identifies the decoding."""

    @property
    def fingerprint(self) -> str:
        """Identifies the decoding: equal fingerprints give equal events."""

    @property
    def type(self) -> pa.StructType:
        """Returns the Arrow type of the events."""

    def __call__(self, payloads: Sequence[bytes]) -> pa.StructArray:
        """Decodes payloads to events; null where a payload is not an event."""


def table(payloads: Sequence[bytes], columns: MessageColumns, types: EventTypes | None) -> pa.Table:
    """Returns the messages as a table."""
    arrays = [
        pa.array(payloads, pa.binary()),
        pa.array(columns.keys, pa.string()),
        pa.array(columns.positions, pa.string()),
        pa.array(columns.published, pa.int64()),
        pa.array(columns.event_times, pa.int64(), mask=columns.event_times == 0),
    ]
    events = [] if types is None else [types(payloads)]
    return pa.Table.from_arrays([*arrays, *events], schema=schema_of(types))


def schema_of(types: EventTypes | None) -> pa.Schema:
    """Returns the columns of a file."""
    return SCHEMA if types is None else SCHEMA.append(pa.field(EVENT, types.type))


def opened_writer(file: Any, types: EventTypes | None) -> pq.ParquetWriter:
    """Opens a writer of archived messages; payloads are all different, so they get no dictionary and no statistics."""
    fields = [] if types is None else [f"{EVENT}.{field.name}" for field in types.type]
    return pq.ParquetWriter(
        file,
        schema_of(types),
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=["key", *fields],
        write_statistics=["key", "message_id", "published_ms", "event_ms"],
        column_encoding={"message_id": "DELTA_BYTE_ARRAY", "published_ms": "DELTA_BINARY_PACKED"},
    )
