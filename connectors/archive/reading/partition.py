"""Reads one partition from its archive, file by file, and continues in its topic where the archive ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
from bytewax.inputs import StatefulSourcePartition
from typing_extensions import override

from connectors.archive.errors import ArchiveDamaged
from connectors.archive.naming import ArchivedFile, order
from connectors.archive.reading.file_reading import ArchivedMessages, FileReading
from connectors.archive.reading.read_ahead import ReadAhead
from connectors.archive.same_topic import SameTopic
from connectors.archive.store import ArchiveStore
from connectors.errors import UNDECODABLE, ExitCode, HeadraceError
from connectors.messages import Extent, RawBatch

_VERSION = 1

Partition = StatefulSourcePartition[RawBatch, bytes]


class UnknownArchiveSnapshot(HeadraceError, ValueError):
    """The archive position was written by an unknown version."""

    exit_code = ExitCode.STATE


class _State(msgspec.Struct, frozen=True):
    """Rows of the archive that were delivered, by file; `topic` is the state of the topic, read from `at` on."""

    version: int
    path: str = ""
    row: int = 0
    at: str = ""
    topic: bytes | None = None


@dataclass(frozen=True, slots=True)
class ArchiveReading:
    """The inputs of a partition for its lifetime; `place` formats a position like its topic.

    `then` opens the topic at a position, from a state or None, for the rest of the extent.
    """

    store: ArchiveStore
    folder: str
    partition: str
    extent: Extent
    files: Sequence[ArchivedFile]
    batch_rows: int
    stopping: Callable[[], bool]
    clock: Callable[[], int]
    place: Callable[[str, str], str]
    at: str
    then: Callable[[str, bytes | None], Partition]


class ArchivePartition(StatefulSourcePartition[RawBatch, bytes]):
    """Reads the files' rows within the extent, several small files at a time, then the topic.

    Raises ArchiveDamaged.
    """

    def __init__(self, reading: ArchiveReading, resume_state: bytes | None) -> None:
        resumed = _State(_VERSION) if resume_state is None else _loaded(resume_state)
        self._reading, self._at = reading, resumed.at or reading.at
        self._path, self._row, self._ended, self._same = resumed.path, resumed.row, False, SameTopic()
        self._files = ReadAhead(reading.store, [f"{reading.folder}/{file.path}" for file in reading.files])
        self._left = self._rows(resumed)
        self._topic = None if resumed.topic is None else reading.then(resumed.at, resumed.topic)

    @override
    def next_batch(self) -> list[RawBatch]:
        if self._topic is not None:
            return list(self._topic.next_batch())
        if self._ended or self._reading.stopping():
            raise StopIteration
        batches, rows = list[RawBatch](), 0
        for path, row, messages in self._left:
            self._path, self._row = path, row
            batches.append(self._batch(messages))
            rows += len(messages)
            if rows >= self._reading.batch_rows:
                break
        return batches or self._end_of_archive()

    @override
    def next_awake(self) -> datetime | None:
        return self._topic.next_awake() if self._topic is not None else None

    def snapshot(self) -> bytes:
        """Encodes the file and the row behind the last delivered message, or the state of the topic."""
        if self._topic is None:
            return msgspec.json.encode(_State(_VERSION, self._path, self._row))
        return msgspec.json.encode(_State(_VERSION, self._path, self._row, self._at, self._topic.snapshot()))

    @override
    def close(self) -> None:
        self._left = iter(())
        self._files.close()
        if self._topic is not None:
            self._topic.close()

    def _end_of_archive(self) -> list[RawBatch]:
        if order(self._at) < order(self._reading.extent.end):
            self._topic = self._reading.then(self._at, None)
            return []
        self._ended = True
        return [RawBatch(self._reading.partition, [], 0, 0, str, ended=True)]

    def _rows(self, state: _State) -> Iterator[tuple[str, int, ArchivedMessages]]:
        """Yields (path, next row, messages) of every file from where `state` ends."""
        paths = [file.path for file in self._reading.files]
        if state.path and state.path not in paths:
            raise ArchiveDamaged(f"{self._where(state.path)}: the file was deleted while it was read; hint: restore it")
        for file in self._reading.files[paths.index(state.path) if state.path else 0 :]:
            yield from self._of_file(file, state.row if file.path == state.path else 0)

    def _of_file(self, file: ArchivedFile, first_row: int) -> Iterator[tuple[str, int, ArchivedMessages]]:
        row = 0
        reading = FileReading(self._files, self._reading.folder, file, self._reading.batch_rows, self._same)
        for messages in reading:
            start, row = row, row + len(messages)
            first, end = self._cut(file, messages)
            first = max(first, first_row - start)
            if first < end:
                yield file.path, start + end, messages.part(first, end)

    def _cut(self, file: ArchivedFile, messages: ArchivedMessages) -> tuple[int, int]:
        """Returns the rows of a batch within the extent; only its first and last file are cut."""
        first, end = order(self._reading.extent.first), order(self._reading.extent.end)
        if first <= order(file.extent.first) and order(file.extent.end) <= end:
            return 0, len(messages)
        inside = [first <= order(message_id)[: len(first)] < end for message_id in messages.ids().to_pylist()]
        rows = np.flatnonzero(inside)
        return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)

    def _batch(self, messages: ArchivedMessages) -> RawBatch:
        now, name, place = self._reading.clock(), self._reading.partition, self._reading.place
        arrivals = np.minimum(messages.published, now)
        return RawBatch(
            name,
            messages.payloads,
            int(arrivals[0]),
            int(arrivals[-1]),
            lambda row: place(name, messages.ids()[row].as_py()),
            arrived=lambda row: int(arrivals[row]),
            arrivals=lambda: arrivals,
            typed=messages.typed,
        )

    def _where(self, path: str) -> str:
        return f"{self._reading.store.place}/{self._reading.folder}/{path}"


def _loaded(state: bytes) -> _State:
    try:
        loaded = msgspec.json.decode(state, type=_State)
    except UNDECODABLE as error:
        raise UnknownArchiveSnapshot(f"position of an archive: {error}") from error
    if loaded.version != _VERSION:
        problem = f"position of an archive of version {loaded.version}; this release reads {_VERSION}"
        raise UnknownArchiveSnapshot(problem)
    return loaded
