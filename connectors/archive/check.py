"""Checks an archive: gaps, overlaps, files that are not of it, files that cannot be read or hold something else."""

from collections.abc import Iterator
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive.catalogue import ArchiveProblem, TopicArchive
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.file_facts import batches, checked
from connectors.archive.naming import ArchivedFile, Order, day_of, entry_of, order
from connectors.archive.same_topic import SameTopic
from connectors.archive.store import ArchiveStore

_AT_ONCE = 65_536  # messages in memory


def problems_of(store: ArchiveStore, archive: TopicArchive) -> Iterator[ArchiveProblem]:
    """Yields every problem in the archive of a topic; reads every file in full. Raises ArchiveUnavailable."""
    yield from archive.problems()
    for files in archive.files.values():
        same = SameTopic()
        for file in files:
            yield from _of_file(store, archive.folder, file, same)


def _of_file(store: ArchiveStore, folder: str, file: ArchivedFile, same: SameTopic) -> Iterator[ArchiveProblem]:
    place = f"{store.place}/{folder}/{file.path}"
    try:
        with store.opened(f"{folder}/{file.path}") as opened:
            held = checked(opened, place, file)
            _expect_whole(place, file, held)
    except ArchiveDamaged as error:
        yield ArchiveProblem("unreadable", file.path, str(error))
        return
    try:
        same.expect(place, held)
    except ArchiveDamaged as error:
        yield ArchiveProblem("foreign", file.path, str(error))


def _expect_whole(place: str, file: ArchivedFile, held: pq.ParquetFile) -> None:
    """Raises ArchiveDamaged where a page cannot be read, or messages are not those that the file's name tells of."""
    ends = [order(file.extent.first)]
    for rows in batches(held, place, _AT_ONCE):
        _expect_day(place, file, rows)
        ids = rows.column("message_id")
        ends += [order(entry_of(ids[row].as_py())) for row in (0, len(ids) - 1)]
    _expect_ascending(place, ends, order(file.extent.end))


def _expect_day(place: str, file: ArchivedFile, rows: pa.RecordBatch) -> None:
    published = rows.column("published_ms").to_numpy()
    others = {day_of(int(time)) for time in (published.min(), published.max())} - {file.day}
    if others:
        raise ArchiveDamaged(
            f"{place}: holds messages that were published on {min(others)}; hint: move the file back to the folder of "
            "its day, or restore it"
        )


def _expect_ascending(place: str, ends: list[Order], end: Order) -> None:
    if not (all(one <= other for one, other in pairwise(ends)) and ends[-1] < end):
        raise ArchiveDamaged(f"{place}: its messages are not those of the positions in its name; hint: restore it")
