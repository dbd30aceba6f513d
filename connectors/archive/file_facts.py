"""Records the facts of a file in its footer, and checks them: pages have checksums, a footer has none."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive.columns import EVENT, SCHEMA, EventTypes
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.naming import ArchivedFile
from connectors.messages import Extent

VERSION = b"1"
_VERSION_KEY, _FIRST_KEY, _END_KEY = b"headrace.archive", b"headrace.first", b"headrace.end"
_PARTITION_KEY, _TOPIC_KEY, _ROWS_KEY = b"headrace.partition", b"headrace.topic_id", b"headrace.rows"
_DECODED_KEY = b"headrace.decoded"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The partition, range and number of a file's messages, and the id of the topic."""

    partition: int
    extent: Extent
    rows: int
    topic_id: str

    def note(self, writer: pq.ParquetWriter, types: EventTypes | None) -> None:
        """Writes the facts into a file; with `types`, also how its events were decoded."""
        named = _facts_in_name(self.partition, self.extent)
        metadata = {_VERSION_KEY: VERSION, **named, _ROWS_KEY: b"%d" % self.rows, _TOPIC_KEY: self.topic_id.encode()}
        decoded = {} if types is None else {_DECODED_KEY: types.fingerprint.encode()}
        writer.add_key_value_metadata({**metadata, **decoded})


def topic_id(file: pq.ParquetFile) -> str:
    """Returns the id of the topic that a file was copied from; "" if it was unknown."""
    return _text(_metadata(file).get(_TOPIC_KEY, b""))


def decoded_as(file: pq.ParquetFile) -> str | None:
    """Returns the fingerprint of how the events of a file were decoded, None if it has only payloads."""
    fingerprint = _metadata(file).get(_DECODED_KEY)
    return None if fingerprint is None else _text(fingerprint)


def checked(file: Any, path: str, named: ArchivedFile) -> pq.ParquetFile:
    """Opens a file for reading. Raises ArchiveDamaged if it is not from an archive, or not the file of this name."""
    with telling_damage(path, "not a whole Parquet file"):
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
    metadata = _metadata(parquet)
    if not _is_of_archive(parquet.schema_arrow) or _VERSION_KEY not in metadata:
        raise ArchiveDamaged(f"{path}: its columns differ from those of the archive; hint: move the file away")
    if (version := metadata[_VERSION_KEY]) != VERSION:
        known = f"version {_text(version)} of the archive; this release reads {VERSION.decode()}"
        raise ArchiveDamaged(f"{path}: the file is of {known}; hint: use the release that wrote it")
    _expect_named(path, metadata, _facts_in_name(named.partition, named.extent))
    _expect_rows(path, metadata, parquet.metadata.num_rows)
    return parquet


def batches(file: pq.ParquetFile, path: str, size: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yields all messages. Raises ArchiveDamaged if they are unreadable, or differ in number from the footer."""
    rows = 0
    with telling_damage(path, "cannot be read to its end"):
        for batch in file.iter_batches(size, columns=columns, use_threads=False):
            rows += len(batch)
            yield batch
    _expect_rows(path, _metadata(file), rows)


@contextmanager
def telling_damage(path: str, problem: str) -> Iterator[None]:
    """Turns errors in the bytes of a file into ArchiveDamaged inside the block; errors of the store pass: Arrow raises
    plain OSErrors without an errno.

    A damaged footer may contain any names and types.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and (error.errno is not None or type(error) is not OSError):
            raise
        raise ArchiveDamaged(f"{path}: {problem}: {_line(error)}; hint: restore it") from error


def _metadata(file: pq.ParquetFile) -> Mapping[bytes, bytes]:
    return file.metadata.metadata or {}


def _facts_in_name(partition: int, extent: Extent) -> dict[bytes, bytes]:
    """Returns the facts that the file's name also contains."""
    first, end = extent.first.encode(), extent.end.encode()
    return {_PARTITION_KEY: b"%d" % partition, _FIRST_KEY: first, _END_KEY: end}


def _expect_named(path: str, metadata: Mapping[bytes, bytes], name: Mapping[bytes, bytes]) -> None:
    """Raises ArchiveDamaged if facts and name differ. Files of earlier releases do not record their partition."""
    first, end, partition = (
        metadata.get(_FIRST_KEY),
        metadata.get(_END_KEY),
        metadata.get(_PARTITION_KEY, name[_PARTITION_KEY]),
    )
    if {_PARTITION_KEY: partition, _FIRST_KEY: first, _END_KEY: end} != name:
        recorded, of = f"{_text(first or b'?')} up to {_text(end or b'?')}", _text(partition)
        raise ArchiveDamaged(
            f"{path}: the file holds positions {recorded} of partition {of}, which differs from its name; hint: give "
            "it its name back"
        )


def _expect_rows(path: str, metadata: Mapping[bytes, bytes], rows: int) -> None:
    """Raises ArchiveDamaged if messages are missing. Files of earlier releases do not record their number."""
    written = metadata.get(_ROWS_KEY, b"%d" % rows)
    if written != b"%d" % rows:
        raise ArchiveDamaged(f"{path}: {_text(written)} messages were written, {rows} can be read; hint: restore it")


def _is_of_archive(schema: pa.Schema) -> bool:
    """Returns whether the columns are those of messages, with or without their events."""
    names = [name for name in schema.names if name != EVENT]
    columns = pa.schema([schema.field(name) for name in names])
    return columns.equals(SCHEMA) and (EVENT not in schema.names or pa.types.is_struct(schema.field(EVENT).type))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
