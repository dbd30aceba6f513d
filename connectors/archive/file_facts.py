"""What a file of the archive says of itself, and whether that is so: pages have checksums, a footer has none."""

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
    """The partition, the range and the number of its messages, and the id of the topic."""

    partition: int
    extent: Extent
    rows: int
    topic_id: str

    def note(self, writer: pq.ParquetWriter, types: EventTypes | None) -> None:
        """Writes them into a file; with `types`, also how its events were decoded."""
        named = _named(self.partition, self.extent)
        said = {_VERSION_KEY: VERSION, **named, _ROWS_KEY: b"%d" % self.rows, _TOPIC_KEY: self.topic_id.encode()}
        decoded = {} if types is None else {_DECODED_KEY: types.fingerprint.encode()}
        writer.add_key_value_metadata({**said, **decoded})


def topic_id(file: pq.ParquetFile) -> str:
    """The id of the topic that a file was copied from; "" where nobody knew it."""
    return _text(_said(file).get(_TOPIC_KEY, b""))


def decoded_as(file: pq.ParquetFile) -> str | None:
    """The fingerprint of how the events of a file were decoded, None where it has payloads alone."""
    said = _said(file).get(_DECODED_KEY)
    return None if said is None else _text(said)


def checked(file: Any, path: str, named: ArchivedFile) -> pq.ParquetFile:
    """The file to read from. Raises ArchiveDamaged when it is not one of the archive, or not the one that is named."""
    with telling_damage(path, "not a whole Parquet file"):
        parquet = pq.ParquetFile(file, page_checksum_verification=True)
    said = _said(parquet)
    if not _is_of_archive(parquet.schema_arrow) or _VERSION_KEY not in said:
        raise ArchiveDamaged(f"{path}: its columns are not those of the archive; hint: move the file away")
    if (version := said[_VERSION_KEY]) != VERSION:
        known = f"version {_text(version)} of the archive; this release reads {VERSION.decode()}"
        raise ArchiveDamaged(f"{path}: the file is of {known}; hint: use the release that wrote it")
    _expect_named(path, said, _named(named.partition, named.extent))
    _expect_rows(path, said, parquet.metadata.num_rows)
    return parquet


def batches(file: pq.ParquetFile, path: str, size: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """All messages. Raises ArchiveDamaged when they cannot be read, or are not as many as the footer says."""
    rows = 0
    with telling_damage(path, "cannot be read to its end"):
        for some in file.iter_batches(size, columns=columns, use_threads=False):
            rows += len(some)
            yield some
    _expect_rows(path, _said(file), rows)


@contextmanager
def telling_damage(path: str, what: str) -> Iterator[None]:
    """Inside, what is wrong with the bytes of a file becomes ArchiveDamaged; what a store refuses has a number.

    Names and types in a damaged footer may be anything.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ArchiveDamaged(f"{path}: {what}: {_line(error)}; hint: restore it") from error


def _said(file: pq.ParquetFile) -> Mapping[bytes, bytes]:
    return file.metadata.metadata or {}


def _named(partition: int, extent: Extent) -> dict[bytes, bytes]:
    """What the name of a file says, too."""
    first, end = extent.first.encode(), extent.end.encode()
    return {_PARTITION_KEY: b"%d" % partition, _FIRST_KEY: first, _END_KEY: end}


def _expect_named(path: str, said: Mapping[bytes, bytes], name: Mapping[bytes, bytes]) -> None:
    """Files of earlier releases do not name their partition."""
    first, end, partition = said.get(_FIRST_KEY), said.get(_END_KEY), said.get(_PARTITION_KEY, name[_PARTITION_KEY])
    if {_PARTITION_KEY: partition, _FIRST_KEY: first, _END_KEY: end} != name:
        held, of = f"{_text(first or b'?')} up to {_text(end or b'?')}", _text(partition)
        raise ArchiveDamaged(
            f"{path}: the file holds positions {held} of partition {of}, which is not what its name says; hint: give "
            "it its name back"
        )


def _expect_rows(path: str, said: Mapping[bytes, bytes], rows: int) -> None:
    """Files of earlier releases do not tell how many there are."""
    written = said.get(_ROWS_KEY, b"%d" % rows)
    if written != b"%d" % rows:
        raise ArchiveDamaged(f"{path}: {_text(written)} messages were written, {rows} can be read; hint: restore it")


def _is_of_archive(schema: pa.Schema) -> bool:
    """The columns of messages, and maybe their events."""
    names = [name for name in schema.names if name != EVENT]
    held = pa.schema([schema.field(name) for name in names])
    return held.equals(SCHEMA) and (EVENT not in schema.names or pa.types.is_struct(schema.field(EVENT).type))


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
