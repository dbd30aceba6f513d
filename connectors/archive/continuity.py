"""Checks whether a topic is the one that was archived, not a later one of the same name.

Positions alone do not tell: the rows of an embedded topic start again at 0, and so do the ledgers of a new cluster. Two
things do: the id that a topic gets when it is created, which every file of the archive names, and the last message of
the archive, which the topic must hold at the same position as long as it holds that position.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.archive.catalogue import TopicArchive
from connectors.archive.errors import ArchiveDamaged
from connectors.archive.last_message import ArchivedMessage, ArchiveEnd, HistoryOf, archive_end, message_at
from connectors.archive.naming import entry_of, order, partition_number
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent

_HINT = (
    "hint: if the topic was deleted and created again, set HEADRACE_ARCHIVE to another address for the new topic, or "
    "move the old folder away; to read only what the topic holds, unset HEADRACE_ARCHIVE"
)


@dataclass(frozen=True, slots=True)
class TopicContent:
    """The current content of a topic, by partition, the id of each partition's topic ("" if unknown), and how to read
    it."""

    extents: Mapping[str, Extent]
    id_of: Callable[[str], str]
    history: HistoryOf

    @property
    def is_empty(self) -> bool:
        """Returns whether no partition holds a message."""
        return all(extent.first == extent.end for extent in self.extents.values())


def continued(store: ArchiveStore, archive: TopicArchive, topic: TopicContent) -> Mapping[str, Extent]:
    """Returns the extents of the topic beside its archive; for a topic created again that is still empty, nothing
    archived.

    Raises ArchiveDamaged if the topic holds messages and is not the archived one, or nothing proves that it is.
    """
    ends = {name: archive_end(store, archive, partition_number(name)) for name in topic.extents}
    known = {name: end for name, end in ends.items() if end is not None}
    if topic.is_empty and any(_is_other(end, topic.id_of(name)) for name, end in known.items()):
        return {name: extent for name, extent in topic.extents.items() if name not in known}
    for name, end in known.items():
        expect_same(f"{store.place}/{archive.folder}", name, end, topic)
    return topic.extents


def expect_same(place: str, partition: str, end: ArchiveEnd, topic: TopicContent) -> None:
    """Raises ArchiveDamaged unless a partition is the one that was copied up to `end`."""
    now, extent = topic.id_of(partition), topic.extents[partition]
    where = f"{place}: partition {partition}"
    if _is_other(end, now):
        raise ArchiveDamaged(f"{where}: archived from the topic with id {end.topic_id}, but its id is {now}; {_HINT}")
    if order(extent.end) < order(end.position):
        if not topic.is_empty:
            raise ArchiveDamaged(_shorter(where, end, extent))
    elif end.message is None:
        return
    elif order(entry_of(end.message.position)) >= order(extent.first):
        _expect_message(where, end.message, message_at(topic.history, partition, end.message.position))
    elif not (now and end.topic_id) and order(extent.first) <= order(end.position):
        raise ArchiveDamaged(_unproven(where, end.message, end.position, extent))


def _is_other(end: ArchiveEnd, now: str) -> bool:
    return bool(end.topic_id and now and end.topic_id != now)


def _expect_message(where: str, archived: ArchivedMessage, held: ArchivedMessage | None) -> None:
    if held != archived:
        raise ArchiveDamaged(
            f"{where}: the archive's last message, at position {archived.position}, is not the topic's: "
            f"{_difference(archived, held)}; {_HINT}"
        )


def _difference(archived: ArchivedMessage, held: ArchivedMessage | None) -> str:
    if held is None:
        return "the topic holds no message there"
    if held.published_ms != archived.published_ms:
        return f"archived as published at {archived.published_ms}, in the topic published at {held.published_ms} (ms)"
    return f"archived with {len(archived.payload)} bytes, in the topic other {len(held.payload)} bytes"


def _shorter(where: str, end: ArchiveEnd, extent: Extent) -> str:
    return (
        f"{where}: the archive ends at {end.position}, but the topic ends at {extent.end}: it is not the topic that "
        f"was archived; {_HINT}"
    )


def _unproven(where: str, last: ArchivedMessage, end: str, extent: Extent) -> str:
    return (
        f"{where}: the archive ends at {end}, and the topic, which begins at {extent.first}, no longer holds the last "
        f"message of the archive, at {last.position}; no topic id says that it is the topic that was archived; {_HINT}"
    )
