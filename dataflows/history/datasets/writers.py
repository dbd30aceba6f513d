"""Writes data sets to files: Parquet, CSV or JSON lines, whole or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.errors import HeadraceError, naming
from connectors.file_lock import try_lock
from dataflows.history.datasets.arrow_types import frame_of
from dataflows.history.datasets.spine.reading import CSV, PARQUET, expect_ending
from dataflows.history.datasets.table import formatted

PART = ".part"


_NO_JSON = (pl.Datetime, pl.Duration, pl.Binary)
_NO_CSV = (*_NO_JSON, pl.List, pl.Array, pl.Struct, pl.Map)


class FileLocked(HeadraceError):
    """Another command is writing the same file; folded data of this one is kept."""


class Writer(Protocol):
    """Writes a table block by block."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Writes a block of rows."""

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Ends the table; stores metadata if the format supports it."""

    def discard(self) -> None:
        """Ends writing; nobody reads the file."""


@contextmanager
def written(path: Path, schema: pa.Schema) -> Iterator[Writer]:
    """Yields a writer by the file's ending; on failure the file stays as it was before.

    Raises SpineError for another ending, FileLocked while another command writes the file.
    """
    expect_ending(path)
    part = path.with_name(f".{path.name}{PART}")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(part, path) as file:
            writer = _writer(path, file, schema)
            try:
                yield writer
                file.flush()
                part.replace(path)
            except BaseException:
                file.truncate(0)  # makes room for what closing writes
                writer.discard()
                raise
            finally:
                part.unlink(missing_ok=True)


@contextmanager
def _locked(part: Path, path: Path) -> Iterator[IO[bytes]]:
    """Opens the file for exclusive writing. Raises FileLocked."""
    with part.open("ab") as file:
        if not try_lock(file.fileno()):
            raise FileLocked(
                f"{path}: another command is writing this file; run this command again when the other one has ended"
            )
        file.truncate(0)
        yield file


def write_text(path: Path, text: str) -> None:
    """Writes a small file, whole or not at all."""
    part = path.with_name(f".{path.name}{PART}")
    with naming(path):
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _writer(path: Path, file: IO[bytes], schema: pa.Schema) -> Writer:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return _ParquetWriter(file, schema)
    return _CsvWriter(file, schema) if ending in CSV else _JsonWriter(file)


class _ParquetWriter:
    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def finish(self, metadata: Mapping[str, str]) -> None:
        self._writer.add_key_value_metadata(dict(metadata))
        self._writer.close()

    def discard(self) -> None:
        self._writer.close()


class _CsvWriter:
    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._file = file
        file.write(_plain(frame_of(schema.empty_table()), _NO_CSV).write_csv().encode())

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write(_plain(frame_of(batch), _NO_CSV).write_csv(include_header=False).encode())

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Ends the table; a CSV file holds no metadata."""

    def discard(self) -> None:
        """Does nothing; there is no footer."""


class _JsonWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write(_plain(frame_of(batch), _NO_JSON).write_ndjson().encode())

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Ends the table; a file of JSON lines holds no metadata."""

    def discard(self) -> None:
        """Does nothing; there is no footer."""


def _plain(frame: pl.DataFrame, types: tuple[type[pl.DataType], ...]) -> pl.DataFrame:
    """Converts columns of these types to texts, because the format has no such types."""
    texts = [name for name, dtype in frame.schema.items() if isinstance(dtype, types)]
    return frame.with_columns([formatted(frame.get_column(name)) for name in texts])
