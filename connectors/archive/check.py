"""Checks an archive: gaps, overlaps, foreign files, and files that are unreadable or have other content than their
name."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive.catalogue import ArchiveProblem, TopicArchive, begins_later
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.file_facts import batches, checked
from connectors.archive.naming import ArchivedFile, Order, day_of, entry_of, order, partition_number
from connectors.archive.reading import ReadAhead
from connectors.archive.same_topic import SameTopic
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent

_AT_ONCE = 65_536  # messages in memory


def problems_of(store: ArchiveStore, archive: TopicArchive) -> Iterator[ArchiveProblem]:
    """Yields every problem in the archive of a topic; reads every file in full. Raises ArchiveUnavailable."""
    yield from archive.problems()
    for files in archive.files.values():
        same, reading = SameTopic(), ReadAhead(store, [f"{archive.folder}/{file.path}" for file in files])
        for file in files:
            yield from _of_file(reading, archive.folder, file, same)


def not_begun(archive: TopicArchive, topic: Mapping[str, Extent]) -> Iterator[ArchiveProblem]:
    """Yields a problem per partition whose topic holds messages from before the archive: retention removes them."""
    for name, extent in topic.items():
        files = archive.files.get(partition_number(name), ())
        if extent.first != extent.end and begins_later(files, extent):
            problem = (
                f"{archive.folder}: partition {name}: positions {extent.first} up to {files[0].extent.first} are in "
                f"the topic, but not before {files[0].path}; hint: restore the missing files before the topic's "
                "retention removes these messages"
            )
            yield ArchiveProblem("gap", files[0].path, problem)


def _of_file(files: ReadAhead, folder: str, file: ArchivedFile, same: SameTopic) -> Iterator[ArchiveProblem]:
    place = f"{files.place}/{folder}/{file.path}"
    try:
        with files.opened(f"{folder}/{file.path}") as opened:
            parquet = checked(opened, place, file)
            _expect_whole(place, file, parquet)
    except ArchiveDamaged as error:
        yield ArchiveProblem("unreadable", file.path, str(error))
        return
    try:
        same.expect(place, parquet)
    except ArchiveDamaged as error:
        yield ArchiveProblem("foreign", file.path, str(error))


def _expect_whole(place: str, file: ArchivedFile, parquet: pq.ParquetFile) -> None:
    """Raises ArchiveDamaged if a page is unreadable, or if the messages differ from the range in the file's name."""
    ends = [order(file.extent.first)]
    for rows in batches(parquet, place, _AT_ONCE):
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
    if not (all(earlier <= later for earlier, later in pairwise(ends)) and ends[-1] < end):
        raise ArchiveDamaged(f"{place}: its messages are not those of the positions in its name; hint: restore it")
