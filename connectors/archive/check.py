"""Checks an archive: gaps, overlaps, files that are not of it, files that cannot be read."""

from collections.abc import Iterator

import pyarrow as pa

from connectors.archive.catalogue import ArchiveProblem, TopicArchive
from connectors.archive.columns import checked
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.naming import ArchivedFile
from connectors.archive.store import ArchiveStore


def problems_of(store: ArchiveStore, found: TopicArchive) -> Iterator[ArchiveProblem]:
    """Everything that is wrong with the archive of a topic; every file is read whole. Raises ArchiveUnavailable."""
    yield from found.problems()
    for files in found.files.values():
        for file in files:
            if text := _unreadable(store, found.folder, file):
                yield ArchiveProblem("unreadable", file.path, text)


def _unreadable(store: ArchiveStore, folder: str, file: ArchivedFile) -> str:
    path = f"{folder}/{file.path}"
    try:
        with store.opened(path) as opened:
            held = checked(opened, f"{store.place}/{path}", file.extent.first, file.extent.end)
            for _ in held.iter_batches():
                pass
    except ArchiveDamaged as error:
        return str(error)
    except (pa.ArrowException, OSError) as error:
        return f"{store.place}/{path}: cannot be read to its end: {error}; hint: restore it"
    return ""
