"""Messages as columns of Parquet, and what the file says of itself."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive.errors import ArchiveDamaged
from connectors.messages import MessageColumns

VERSION = b"1"
_VERSION_KEY, _FIRST_KEY, _END_KEY = b"headrace.archive", b"headrace.first", b"headrace.end"
_TOPIC_KEY = b"headrace.topic_id"

SCHEMA = pa.schema(
    [
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("published_ms", pa.int64(), nullable=False),
        pa.field("event_ms", pa.int64()),
    ]
)


def table(payloads: list[bytes], columns: MessageColumns) -> pa.Table:
    """The messages as a table."""
    arrays = [
        pa.array(payloads, pa.binary()),
        pa.array(columns.keys, pa.string()),
        pa.array(columns.positions, pa.string()),
        pa.array(columns.published, pa.int64()),
        pa.array(columns.event_times, pa.int64(), mask=columns.event_times == 0),
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def opened_writer(file: Any) -> pq.ParquetWriter:
    """A writer of archived messages: payloads are all different, so they have no dictionary and no statistics."""
    return pq.ParquetWriter(
        file,
        SCHEMA,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=["key"],
        write_statistics=["key", "message_id", "published_ms", "event_ms"],
        column_encoding={"message_id": "DELTA_BYTE_ARRAY", "published_ms": "DELTA_BINARY_PACKED"},
    )


def note_range(writer: pq.ParquetWriter, first: str, end: str, topic: str) -> None:
    """Writes into the file what its name says, so that a renamed one is noticed, and the id of its topic."""
    said = {_VERSION_KEY: VERSION, _FIRST_KEY: first.encode(), _END_KEY: end.encode(), _TOPIC_KEY: topic.encode()}
    writer.add_key_value_metadata(said)


def topic_id(found: pq.ParquetFile) -> str:
    """The id of the topic that a file was copied from; "" where nobody knew it."""
    said: dict[bytes, bytes] = found.metadata.metadata or {}
    return said.get(_TOPIC_KEY, b"").decode()


def checked(file: Any, path: str, first: str, end: str) -> pq.ParquetFile:
    """The file to read from. Raises ArchiveDamaged when it is not one of the archive, or another one."""
    try:
        found = pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        raise ArchiveDamaged(f"{path}: not a whole Parquet file: {_line(error)}; hint: restore it") from error
    said = found.schema_arrow.metadata or {}
    meta = found.metadata.metadata or said
    if not found.schema_arrow.remove_metadata().equals(SCHEMA):
        raise ArchiveDamaged(f"{path}: its columns are not those of the archive; hint: move the file away")
    if meta.get(_VERSION_KEY) != VERSION or (meta.get(_FIRST_KEY), meta.get(_END_KEY)) != (
        first.encode(),
        end.encode(),
    ):
        held = f"{meta.get(_FIRST_KEY, b'?').decode()} up to {meta.get(_END_KEY, b'?').decode()}"
        raise ArchiveDamaged(
            f"{path}: the file holds positions {held}, which is not what its name says; hint: rename it"
        )
    return found


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
