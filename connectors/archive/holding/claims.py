"""Keeps the files of two archivers from overlapping, however long one of them was stopped.

Before a file is written, a small file claims its first position and fixes its end; it is created only if it does not
exist. So every file that begins there has this end, and the name and bytes of a file follow from its range: an archiver
that finds the claim of a killed one writes exactly that file, and if the other one still lives, it writes the same.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from connectors.archive.catalogue import TopicArchive
from connectors.archive.errors import ArchiveTaken, ArchiveUnavailable
from connectors.archive.holding.holder import NOTES, Holder, decoded
from connectors.archive.naming import ArchivedFile, order, partition_number, topic_folder
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent

log = logging.getLogger(__name__)

_CLAIM = "_claim-"


class _Claim(msgspec.Struct, frozen=True):
    partition: int
    first: str
    end: str
    holder: Holder


@dataclass(frozen=True, slots=True)
class FileClaims:
    """The claims of an archiver on files of a topic. Raises ArchiveTaken, ArchiveUnavailable, OSError."""

    store: ArchiveStore
    topic: str
    holder: Holder

    @contextmanager
    def claimed(self, file: ArchivedFile) -> Iterator[None]:
        """Claims a file inside the block. If the block fails, the claim stays, because the file may exist or not.

        Raises ArchiveTaken if another archiver has claimed a file that begins there and ends elsewhere.
        """
        path, own = self._path(file.partition, file.extent.first), self._own(file)
        if not self.store.create(path, msgspec.json.encode(own)):
            other = decoded(self.store.read(path), _Claim)
            if other is None or other.end != own.end:
                raise ArchiveTaken(self._taken(file, other))
        yield
        self._drop(path)

    def owed(self, archive: TopicArchive, topic: Mapping[str, Extent]) -> dict[str, str]:
        """Returns the end of each partition's next file, where an archiver has fixed it without writing the file.

        Removes the claims on other files: they are written, or their messages are gone.
        """
        names = {partition_number(name): name for name in topic}
        owed = dict[str, str]()
        claims = [path for path in self.store.notes(self._folder) if path.startswith(f"{self._folder}/{_CLAIM}")]
        for path in claims:
            claim = decoded(self.store.read(path), _Claim)
            name = None if claim is None else names.get(claim.partition)
            if claim is None or (name is not None and not _is_next(claim, archive, topic[name])):
                self._drop(path)
            elif name is not None:
                owed[name] = claim.end
        return owed

    @property
    def _folder(self) -> str:
        return f"{topic_folder(self.topic)}/{NOTES}"

    def _path(self, partition: int, first: str) -> str:
        return f"{self._folder}/{_CLAIM}{partition}-{first.replace(':', '.')}.json"

    def _own(self, file: ArchivedFile) -> _Claim:
        return _Claim(file.partition, file.extent.first, file.extent.end, self.holder)

    def _drop(self, path: str) -> None:
        """Removes a claim; one that stays is removed when the next archiver begins."""
        try:
            self.store.remove(path)
        except (ArchiveUnavailable, OSError) as error:
            log.warning("a claim stays in the archive: %s", error)

    def _taken(self, file: ArchivedFile, other: _Claim | None) -> str:
        by = "" if other is None else f" up to {other.end}: {other.holder}"
        return (
            f"{self.store.place}/{topic_folder(self.topic)}: partition {file.partition}: another archiver writes the "
            f"file from {file.extent.first}{by}; run one"
        )


def _is_next(claim: _Claim, archive: TopicArchive, topic: Extent) -> bool:
    """Returns whether the archive continues with the claimed file, and the topic still holds its messages."""
    begins = archive.end(claim.partition) or topic.first
    held = order(topic.first) <= order(claim.first) and order(claim.end) <= order(topic.end)
    return claim.first == begins and held
