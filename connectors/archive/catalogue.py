"""Catalogues the archive of a topic: its files by partition, and the files that do not fit together."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from connectors.archive.errors import ArchiveDamaged, ArchiveGap
from connectors.archive.naming import ArchivedFile, Order, order, parse, topic_folder
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent


@dataclass(frozen=True, slots=True)
class ArchiveProblem:
    """One problem of an archive: its kind, its place, and a sentence."""

    kind: Literal["gap", "overlap", "foreign", "unreadable"]
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class TopicArchive:
    """The files of one topic by partition number, in order, and paths that do not belong to the archive."""

    folder: str
    files: Mapping[int, Sequence[ArchivedFile]]
    foreign: Sequence[str]

    def end(self, partition: int) -> str | None:
        """Returns the end position of a partition's archive; None if it is empty."""
        files = self.files.get(partition)
        return max((file.extent.end for file in files), key=order) if files else None

    def first(self, partition: int) -> str | None:
        """Returns the first position of a partition's archive; None if it is empty."""
        files = self.files.get(partition)
        return files[0].extent.first if files else None

    def published_since(self, since_ms: int) -> "TopicArchive":
        """Drops the first files if all their messages were published before a time (ms); keeps the last file."""
        return replace(self, files={number: _since(files, since_ms) for number, files in self.files.items()})

    def within(self, partition: int, extent: Extent) -> list[ArchivedFile]:
        """Returns the files that overlap an extent. Raises ArchiveGap or ArchiveDamaged if they do not fit together."""
        self._refuse_foreign()
        first, end = order(extent.first), order(extent.end)
        files = [file for file in self.files.get(partition, ()) if _meet(file, first, end)]
        for before, after in pairwise(files):
            if problem := _between(self.folder, before, after):
                raise (ArchiveGap if problem.kind == "gap" else ArchiveDamaged)(problem.text)
        return files

    def problems(self) -> Iterator[ArchiveProblem]:
        """Yields the problems that the names of the files show."""
        for path in self.foreign:
            yield ArchiveProblem("foreign", path, _foreign(self.folder, path))
        for files in self.files.values():
            for before, after in pairwise(files):
                if problem := _between(self.folder, before, after):
                    yield problem

    def _refuse_foreign(self) -> None:
        if self.foreign:
            raise ArchiveDamaged(_foreign(self.folder, self.foreign[0]))


def archive_of(store: ArchiveStore, topic: str) -> TopicArchive:
    """Returns what the store holds of a topic now. Raises ArchiveUnavailable."""
    folder = topic_folder(topic)
    files, foreign = defaultdict[int, list[ArchivedFile]](list), list[str]()
    for path in store.paths(folder):
        if (file := parse(path)) is None:
            foreign.append(path)
        else:
            files[file.partition].append(file)
    ordered = {number: sorted(partition_files, key=_place) for number, partition_files in sorted(files.items())}
    return TopicArchive(folder, ordered, foreign)


def begins_later(files: Sequence[ArchivedFile], extent: Extent) -> bool:
    """Returns whether an extent begins before the archive, so that only the topic can hold all of it."""
    return bool(files) and order(extent.first) < order(files[0].extent.first)


def _since(files: Sequence[ArchivedFile], since_ms: int) -> Sequence[ArchivedFile]:
    first = next((number for number, file in enumerate(files) if file.published_until > since_ms), len(files) - 1)
    return files[first:]


def _place(file: ArchivedFile) -> tuple[Order, Order]:
    return order(file.extent.first), order(file.extent.end)


def _meet(file: ArchivedFile, first: Order, end: Order) -> bool:
    return order(file.extent.first) < end and first < order(file.extent.end)


def _between(folder: str, before: ArchivedFile, after: ArchivedFile) -> ArchiveProblem | None:
    ended, begins = before.extent.end, after.extent.first
    if ended == begins:
        return None
    if order(ended) < order(begins):
        problem = (
            f"{folder}: partition {after.partition}: positions {ended} up to {begins} are missing between "
            f"{before.path} and {after.path}; hint: restore the missing files, or read only later positions"
        )
        return ArchiveProblem("gap", after.path, problem)
    problem = (
        f"{folder}: partition {after.partition}: positions {begins} up to {ended} are in two files, {before.path} "
        f"and {after.path}; hint: remove one of the files"
    )
    return ArchiveProblem("overlap", after.path, problem)


def _foreign(folder: str, path: str) -> str:
    return (
        f"{folder}/{path}: not a file name of the archive; expected "
        "published=YYYY-MM-DD/part-<partition>-<first>-<end>.parquet; hint: move the file away"
    )
