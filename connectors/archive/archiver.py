"""Copies one partition into files whose ends follow from positions, days and sizes alone, never from batches."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.archive.catalogue import archive_of
from connectors.archive.columns import EventTypes, table
from connectors.archive.draft import DraftFile
from connectors.archive.errors import ArchiveTaken
from connectors.archive.holding import FileClaims
from connectors.archive.last_message import ArchivedMessage, ArchiveEnd
from connectors.archive.naming import ArchivedFile, day_of, entry_of, file_of, order, partition_number, topic_folder
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent, MessageColumns, RawBatch

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The size at which a file is closed at the next position."""

    rows: int = 1_000_000
    payload_bytes: int = 256 << 20


@dataclass(frozen=True, slots=True)
class _Part:
    """A batch to be cut: its table, the position and day of each message, and the cumulative payload bytes."""

    table: pa.Table
    positions: list[str]
    days: Ints
    published: Ints
    sizes: Ints

    @property
    def rows(self) -> int:
        return len(self.positions)


class PartitionArchiver:
    """Writes the files of one partition, from where `begun` says; its archive ends at `archived` (None: it is empty).

    A file closes before the first message of another day of publishing, or when it is full. `whole` is called with each
    file that is written. With `types`, events are kept beside their payloads. Raises ArchiveTaken, ArchiveUnavailable,
    OSError.
    """

    def __init__(
        self,
        store: ArchiveStore,
        claims: FileClaims,
        begun: ArchiveEnd,
        partition: str,
        whole: Callable[[str, int], None],
        limits: FileLimits,
        archived: str | None,
        types: EventTypes | None = None,
    ) -> None:
        self._store, self._claims, self._partition, self._limits, self._types = store, claims, partition, limits, types
        self._whole, self._archived = whole, archived
        self._draft: DraftFile | None = None
        self._at, self.end = begun.position, begun

    @property
    def read(self) -> str:
        """Returns the position at which the next pass continues."""
        return self.end.position

    def take(self, batch: RawBatch) -> None:
        """Archives the next messages of the partition."""
        if not batch.payloads:
            return
        self._store.expect_room()
        part, row = _part(batch, self._types), 0
        last = ArchivedMessage(part.positions[-1], int(part.published[-1]), batch.payloads[-1])
        self.end = replace(self.end, message=last)
        while row < part.rows:
            draft = self._draft_for(part, row)
            stop = self._room(draft, part, row)
            size = int(part.sizes[stop] - part.sizes[row])
            draft.add(part.table.slice(row, stop - row), size, entry_of(part.positions[stop - 1]))
            row = stop

    def reached(self, end: str, over: Callable[[str], bool]) -> None:
        """Records that everything before `end` was taken; closes the open file if its day is `over`."""
        self.end = replace(self.end, position=end)
        if self._draft is not None and over(self._draft.day):
            self._close(end)
        elif self._draft is None and order(self._at) < order(end):
            self._note_nothing(end)

    def discard(self) -> None:
        """Discards the open file; the topic still holds its messages."""
        if self._draft is not None:
            draft, self._draft = self._draft, None
            draft.discard()

    def _draft_for(self, part: _Part, row: int) -> DraftFile:
        """Returns the draft that a message belongs to: messages that were published as one entry stay together."""
        entry, day = entry_of(part.positions[row]), day_of(int(part.published[row]))
        if self._draft is not None and entry != self._draft.last_entry and (self._draft.day != day or self._is_full()):
            self._close(entry)
        return self._draft or self._opened(day)

    def _is_full(self) -> bool:
        draft = self._draft
        return draft is not None and (draft.rows >= self._limits.rows or draft.size >= self._limits.payload_bytes)

    def _room(self, draft: DraftFile, part: _Part, row: int) -> int:
        """Returns the row up to which the draft takes messages before its limits are checked again."""
        rows = max(1, min(self._limits.rows - draft.rows, draft.group_rows))
        left = max(1, min(self._limits.payload_bytes - draft.size, draft.group_bytes))
        full = int(np.searchsorted(part.sizes, part.sizes[row] + left))
        other = np.flatnonzero(part.days[row:] != part.days[row])
        day = row + int(other[0]) if len(other) else part.rows
        return max(row + 1, min(row + rows, full, day, part.rows))

    def _opened(self, day: str) -> DraftFile:
        number = partition_number(self._partition)
        path = self._store.draft(topic_folder(self._claims.topic), f"part-{number}")
        self._draft = DraftFile(path, number, self._at, day, self._types)
        return self._draft

    def _close(self, end: str) -> None:
        if (draft := self._draft) is None:
            return
        file = file_of(self._partition, draft.day, Extent(draft.first, end))
        path = f"{topic_folder(self._claims.topic)}/{file.path}"
        written = draft.close(end, self.end.topic_id)
        with self._claims.claimed(file):
            self._refuse_other(file)
            self._store.put(written, path)
        self._draft, self._at, self._archived = None, end, end
        self._whole(path, draft.rows)

    def _note_nothing(self, end: str) -> None:
        """Writes an empty file that records that nothing was published up to `end`, once the archive has begun.

        A restarted broker begins a new ledger; once it deletes the old one, only this file shows that nothing is
        missing in between.
        """
        files = archive_of(self._store, self._claims.topic).files.get(partition_number(self._partition))
        if files:
            self._opened(files[-1].day)
            self._close(end)

    def _refuse_other(self, file: ArchivedFile) -> None:
        """Raises ArchiveTaken if another archiver has written in the meantime."""
        archive = archive_of(self._store, self._claims.topic)
        end = archive.end(file.partition)
        if end != self._archived:
            raise ArchiveTaken(
                f"{self._store.place}/{archive.folder}: partition {self._partition} is now archived up to {end}, "
                f"but this archiver wrote up to {self._archived or 'nothing'}: another one writes here; run one"
            )


def _part(batch: RawBatch, types: EventTypes | None) -> _Part:
    if batch.columns is None:
        raise TypeError(f"partition {batch.partition}: the source does not know the columns of its messages")
    columns: MessageColumns = batch.columns()
    sizes = np.zeros(len(batch.payloads) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, batch.payloads), np.int64, len(batch.payloads)), out=sizes[1:])
    days = columns.published // 86_400_000
    return _Part(table(batch.payloads, columns, types), columns.positions, days, columns.published, sizes)
