"""Reads a file of the archive batch by batch. If it has events, payloads are read only on demand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import overload

import pyarrow as pa
import pyarrow.parquet as pq
from typing_extensions import override

from connectors.archive.columns import EVENT
from connectors.archive.file_facts import batches, checked, decoded_as
from connectors.archive.naming import ArchivedFile
from connectors.archive.reading.read_ahead import ReadAhead
from connectors.archive.same_topic import SameTopic
from connectors.messages import Times, TypedEvents

BATCH_BYTES = 1 << 26
"""Bytes of payloads in one batch, as far as messages are of similar size."""
_MESSAGE = ("payload", "message_id")


@dataclass(frozen=True, slots=True)
class ArchivedMessages:
    """Consecutive messages of a file: publish times (ms), payloads, ids, and their events if kept."""

    published: Times
    payloads: Sequence[bytes]
    ids: Callable[[], pa.Array]
    typed: TypedEvents | None = None

    def __len__(self) -> int:
        return len(self.published)

    def part(self, first: int, end: int) -> "ArchivedMessages":
        """Returns the messages from `first` up to `end`."""
        if (first, end) == (0, len(self)):
            return self
        rows, ids, typed = slice(first, end), self.ids, self.typed
        if typed is not None:
            whole = typed.events
            typed = replace(typed, events=lambda names: whole(names).slice(first, end - first))
        payloads = self.payloads.part(first, end) if isinstance(self.payloads, LaterPayloads) else self.payloads[rows]
        return ArchivedMessages(self.published[rows], payloads, lambda: ids().slice(first, end - first), typed)


class FileReading:
    """Reads a file of `folder` in batches of up to `rows`; its topic must be the `same` as that of the other files.

    Raises ArchiveDamaged.
    """

    def __init__(self, files: ReadAhead, folder: str, file: ArchivedFile, rows: int, same: SameTopic) -> None:
        self._files, self._path, self._file, self._rows, self._same = files, f"{folder}/{file.path}", file, rows, same
        self._where = f"{files.place}/{self._path}"

    def __iter__(self) -> Iterator[ArchivedMessages]:
        with self._files.opened(self._path) as opened:
            parquet = checked(opened, self._where, self._file)
            self._same.expect(self._where, parquet)
            fingerprint = decoded_as(parquet)
            yield from self._whole(parquet) if fingerprint is None else self._typed(parquet, fingerprint)

    def columns(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yields some columns only, in the same batches."""
        with self._files.opened(self._path) as opened:
            yield from self._batches(checked(opened, self._where, self._file), *names)

    def _whole(self, parquet: pq.ParquetFile) -> Iterator[ArchivedMessages]:
        for batch in self._batches(parquet, *_MESSAGE, "published_ms"):
            payloads, ids, published = batch.columns
            yield ArchivedMessages(published.to_numpy(), payloads.to_pylist(), partial(_same, ids))

    def _typed(self, parquet: pq.ParquetFile, fingerprint: str) -> Iterator[ArchivedMessages]:
        later = _LaterColumns(self)
        for number, batch in enumerate(self._batches(parquet, "published_ms")):
            payloads = LaterPayloads(later, number, range(len(batch)))
            typed = TypedEvents(fingerprint, partial(_events, later, number))
            yield ArchivedMessages(batch.column(0).to_numpy(), payloads, payloads.ids, typed)

    def _batches(self, parquet: pq.ParquetFile, *columns: str) -> Iterator[pa.RecordBatch]:
        return batches(parquet, self._where, min(self._rows, _most_rows(parquet)), list(columns))


def _most_rows(parquet: pq.ParquetFile) -> int:
    """Returns how many messages of usual size have payloads of BATCH_BYTES."""
    groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
    size: int = sum(group.column(0).total_uncompressed_size for group in groups)
    rows: int = parquet.metadata.num_rows
    return max(1, BATCH_BYTES * rows // max(1, size))


def _same(ids: pa.Array) -> pa.Array:
    return ids


class _LaterColumns:
    """Reads other columns of a file later, of each choice of columns one batch in memory."""

    def __init__(self, file: FileReading) -> None:
        self._file, self._readings = file, dict[tuple[str, ...], _LaterBatches]()

    def batch(self, number: int, names: tuple[str, ...]) -> pa.RecordBatch:
        """Returns some columns of a batch by its number."""
        reading = self._readings.setdefault(names, _LaterBatches(self._file, names))
        return reading.batch(number)


class _LaterBatches:
    """Reads the batches of some columns; reopens the file for a batch that has passed."""

    def __init__(self, file: FileReading, names: tuple[str, ...]) -> None:
        self._file, self._names, self._next = file, names, 0
        self._left: Iterator[pa.RecordBatch] = iter(())
        self._batch: pa.RecordBatch | None = None

    def batch(self, number: int) -> pa.RecordBatch:
        """Returns a batch by its number."""
        if self._batch is None or number < self._next - 1:
            self._left, self._next = self._file.columns(self._names), 0
        while self._next <= number:
            self._batch, self._next = next(self._left), self._next + 1
        return self._batch


def _events(later: _LaterColumns, number: int, names: Sequence[str]) -> pa.StructArray:
    """Returns some columns of the events of a batch."""
    return later.batch(number, tuple(f"{EVENT}.{name}" for name in names)).column(0)


class LaterPayloads(Sequence[bytes]):
    """The payloads of some rows of a batch, read on demand."""

    def __init__(self, messages: _LaterColumns, batch: int, rows: range) -> None:
        self._messages, self._batch, self._rows = messages, batch, rows

    def part(self, first: int, end: int) -> "LaterPayloads":
        """Returns the payloads from `first` up to `end`, without reading them."""
        return LaterPayloads(self._messages, self._batch, self._rows[first:end])

    def ids(self) -> pa.Array:
        """Returns the ids of these messages."""
        return self._messages.batch(self._batch, _MESSAGE).column(1).slice(self._rows.start, len(self._rows))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    @override
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        held = self._messages.batch(self._batch, _MESSAGE).column(0)
        if isinstance(index, slice):
            payloads: list[bytes] = held.take(pa.array(self._rows[index], pa.int64())).to_pylist()
            return payloads
        payload: bytes = held[self._rows[index]].as_py()
        return payload

    @override
    def __iter__(self) -> Iterator[bytes]:
        return iter(self[:])
