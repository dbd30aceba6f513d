"""Checks an archive for gaps, overlaps, foreign files and unreadable files."""

from collections.abc import Iterator

import pyarrow as pa

from connectors.archive.catalogue import ArchiveProblem, TopicArchive
from connectors.archive.columns import checked, topic_id
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.naming import ArchivedFile
from connectors.archive.store import ArchiveStore


def problems_of(store: ArchiveStore, archive: TopicArchive) -> Iterator[ArchiveProblem]:
    """Yields every problem in the archive of a topic; reads every file in full. Raises ArchiveUnavailable."""
    yield from archive.problems()
    for files in archive.files.values():
        known = ""
        for file in files:
            try:
                here = _read_whole(store, archive.folder, file)
            except ArchiveDamaged as error:
                yield ArchiveProblem("unreadable", file.path, str(error))
                continue
            if known and here and here != known:
                yield ArchiveProblem("foreign", file.path, _of_other_topic(archive.folder, file, known, here))
            known = here or known


def _read_whole(store: ArchiveStore, folder: str, file: ArchivedFile) -> str:
    """Reads a file in full and returns the id of its topic. Raises ArchiveDamaged."""
    path = f"{folder}/{file.path}"
    try:
        with store.opened(path) as opened:
            held = checked(opened, f"{store.place}/{path}", file.extent.first, file.extent.end)
            for _ in held.iter_batches():
                pass
            return topic_id(held)
    except (pa.ArrowException, OSError) as error:
        raise ArchiveDamaged(f"{store.place}/{path}: cannot be read to its end: {error}; hint: restore it") from error


def _of_other_topic(folder: str, file: ArchivedFile, known: str, here: str) -> str:
    return (
        f"{folder}/{file.path}: copied from the topic with id {here}, the files before it from the one with id "
        f"{known}; hint: the topic was created again in between; move the files of one of them to another folder"
    )
