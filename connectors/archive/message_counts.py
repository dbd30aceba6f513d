"""Counts the archived messages within extents, from the footers of the files."""

from collections.abc import Mapping

from connectors.archive.catalogue import TopicArchive, begins_later
from connectors.archive.file_facts import checked
from connectors.archive.naming import ArchivedFile, order, partition_number
from connectors.archive.reading import ReadAhead
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent, MessageCount


def archived_messages(
    store: ArchiveStore, archive: TopicArchive, extents: Mapping[str, Extent]
) -> tuple[MessageCount, dict[str, Extent]]:
    """Counts the archived messages of extents, and returns the rest of each extent behind the archive.

    A partly needed file counts in full if its positions do not tell. Raises ArchiveGap, ArchiveDamaged,
    ArchiveUnavailable.
    """
    counts, rest = list[MessageCount](), dict[str, Extent]()
    for name, extent in extents.items():
        files = archive.within(partition_number(name), extent)
        if begins_later(files, extent):
            files = []
        reading = ReadAhead(store, [f"{archive.folder}/{file.path}" for file in files])
        counts += [_within(reading, archive.folder, file, extent) for file in files]
        behind = max([extent.first, *(file.extent.end for file in files)], key=order)
        rest[name] = Extent(behind, max(behind, extent.end, key=order))
    return MessageCount(sum(count.messages for count in counts), all(count.exact for count in counts)), rest


def _within(reading: ReadAhead, folder: str, file: ArchivedFile, extent: Extent) -> MessageCount:
    first = max(file.extent.first, extent.first, key=order)
    end = min(file.extent.end, extent.end, key=order)
    if first.isdigit():  # row numbers
        return MessageCount(int(end) - int(first), exact=True)
    path = f"{folder}/{file.path}"
    with reading.opened(path) as opened:
        rows = checked(opened, f"{reading.place}/{path}", file).metadata.num_rows
    return MessageCount(rows, exact=Extent(first, end) == file.extent)
