"""Messages as columns of Parquet, beside them their events, and what the file says of itself."""

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
    """Decodes payloads as a `type` of one field a column; `fingerprint` tells how."""

    @property
    def fingerprint(self) -> str:
        """Equal where the same payloads give the same events."""

    @property
    def type(self) -> pa.StructType:
        """Of the events."""

    def __call__(self, payloads: Sequence[bytes]) -> pa.StructArray:
        """The events, null where a payload is none."""


def table(payloads: Sequence[bytes], columns: MessageColumns, types: EventTypes | None) -> pa.Table:
    """The messages as a table."""
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
    """The columns of a file."""
    return SCHEMA if types is None else SCHEMA.append(pa.field(EVENT, types.type))


def opened_writer(file: Any, types: EventTypes | None) -> pq.ParquetWriter:
    """A writer of archived messages: payloads are all different, so they have no dictionary and no statistics."""
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
    """Writes into the file its range, so that a renamed one is noticed, its topic's id, and how events were decoded."""
    said = {_VERSION_KEY: VERSION, _FIRST_KEY: first.encode(), _END_KEY: end.encode(), _TOPIC_KEY: topic.encode()}
    decoded = {} if types is None else {_DECODED_KEY: types.fingerprint.encode()}
    writer.add_key_value_metadata({**said, **decoded})


def topic_id(parquet: pq.ParquetFile) -> str:
    """The id of the topic that a file was copied from; "" where nobody knew it."""
    said: dict[bytes, bytes] = parquet.metadata.metadata or {}
    return said.get(_TOPIC_KEY, b"").decode()


def decoded_as(file: pq.ParquetFile) -> str | None:
    """The fingerprint of how the events of a file were decoded, None where it has payloads alone."""
    said = (file.metadata.metadata or {}).get(_DECODED_KEY)
    return None if said is None else said.decode()


def checked(file: Any, path: str, first: str, end: str) -> pq.ParquetFile:
    """The file to read from. Raises ArchiveDamaged when it is not one of the archive, or another one."""
    try:
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        raise ArchiveDamaged(f"{path}: not a whole Parquet file: {_line(error)}; hint: restore it") from error
    said = parquet.schema_arrow.metadata or {}
    meta = parquet.metadata.metadata or said
    if not _is_of_archive(parquet.schema_arrow):
        raise ArchiveDamaged(f"{path}: its columns differ from those of the archive; hint: move the file away")
    if meta.get(_VERSION_KEY) != VERSION or (meta.get(_FIRST_KEY), meta.get(_END_KEY)) != (
        first.encode(),
        end.encode(),
    ):
        held = f"{meta.get(_FIRST_KEY, b'?').decode()} up to {meta.get(_END_KEY, b'?').decode()}"
        raise ArchiveDamaged(f"{path}: the file holds positions {held}, which differs from its name; hint: rename it")
    return parquet


def _is_of_archive(schema: pa.Schema) -> bool:
    """The columns of messages, and maybe their events."""
    names = [name for name in schema.names if name != EVENT]
    held = pa.schema([schema.field(name) for name in names])
    return held.equals(SCHEMA) and (EVENT not in schema.names or pa.types.is_struct(schema.field(EVENT).type))


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
