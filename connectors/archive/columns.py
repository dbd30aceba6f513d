"""Converts messages to Parquet columns, with their events beside them and metadata about the file."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive.errors import ArchiveDamaged
from connectors.messages import MessageColumns

VERSION = b"1"
_VERSION_KEY, _FIRST_KEY, _END_KEY = b"headrace.archive", b"headrace.first", b"headrace.end"
_TOPIC_KEY = b"headrace.topic_id"
_DECODED_KEY = b"headrace.decoded"
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
        """The Arrow type of the events."""

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


def note_range(writer: pq.ParquetWriter, first: str, end: str, topic: str, types: EventTypes | None) -> None:
    """Writes the file's range into it, so that a renamed file is noticed, with its topic's id and its event
    decoding."""
    said = {_VERSION_KEY: VERSION, _FIRST_KEY: first.encode(), _END_KEY: end.encode(), _TOPIC_KEY: topic.encode()}
    decoded = {} if types is None else {_DECODED_KEY: types.fingerprint.encode()}
    writer.add_key_value_metadata({**said, **decoded})


def topic_id(parquet: pq.ParquetFile) -> str:
    """Returns the id of the topic that a file was copied from; "" if unknown."""
    said: dict[bytes, bytes] = parquet.metadata.metadata or {}
    return said.get(_TOPIC_KEY, b"").decode()


def decoded_as(file: pq.ParquetFile) -> str | None:
    """Returns the fingerprint with which the events of a file were decoded; None if it holds payloads only."""
    said = (file.metadata.metadata or {}).get(_DECODED_KEY)
    return None if said is None else said.decode()


def checked(file: Any, path: str, first: str, end: str) -> pq.ParquetFile:
    """Opens a file and checks it. Raises ArchiveDamaged if it is not a file of the archive, or a different one."""
    try:
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        raise ArchiveDamaged(f"{path}: not a whole Parquet file: {_line(error)}; hint: restore it") from error
    said = parquet.schema_arrow.metadata or {}
    meta = parquet.metadata.metadata or said
    if not _is_of_archive(parquet.schema_arrow):
        raise ArchiveDamaged(f"{path}: its columns are not those of the archive; hint: move the file away")
    if meta.get(_VERSION_KEY) != VERSION or (meta.get(_FIRST_KEY), meta.get(_END_KEY)) != (
        first.encode(),
        end.encode(),
    ):
        held = f"{meta.get(_FIRST_KEY, b'?').decode()} up to {meta.get(_END_KEY, b'?').decode()}"
        raise ArchiveDamaged(
            f"{path}: the file holds positions {held}, which is not what its name says; hint: rename it"
        )
    return parquet


def _is_of_archive(schema: pa.Schema) -> bool:
    """Returns whether a schema has the columns of messages, with or without events."""
    names = [name for name in schema.names if name != EVENT]
    held = pa.schema([schema.field(name) for name in names])
    return held.equals(SCHEMA) and (EVENT not in schema.names or pa.types.is_struct(schema.field(EVENT).type))


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
