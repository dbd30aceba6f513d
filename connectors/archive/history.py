"""Joins the history of a topic from its archive and the topic itself, by position, without gaps or duplicates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bytewax.inputs import FixedPartitionedSource
from typing_extensions import override

from connectors.archive.catalogue import TopicArchive, archive_of, begins_later
from connectors.archive.continuity import TopicContent, continued
from connectors.archive.errors import ArchiveGap
from connectors.archive.last_message import HistoryOf
from connectors.archive.naming import ArchivedFile, order, partition_number
from connectors.archive.reading import ArchivePartition, ArchiveReading
from connectors.archive.reading.partition import Partition
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent, RawBatch


def joined_extents(
    store: ArchiveStore, archive: TopicArchive, topic: TopicContent, name_of: Callable[[int], str]
) -> dict[str, Extent]:
    """Returns the joined extent of archive and topic, by partition; `name_of` names a partition that only the archive
    has.

    Raises ArchiveGap if messages are in neither, ArchiveDamaged if the topic is not the archived one,
    ArchiveUnavailable, RunStopped.
    """
    held = continued(store, archive, topic)
    known = {partition_number(name) for name in held}
    only = {name_of(number): _archived(archive, number) for number in archive.files if number not in known}
    joined = {name: joined_extent(archive, name, extent) for name, extent in held.items()}
    return joined | {name: extent for name, extent in only.items() if extent is not None}


def joined_extent(archive: TopicArchive, name: str, topic: Extent) -> Extent:
    """Returns the joined extent of a partition that is known to be the archived one. Raises ArchiveGap."""
    archived = _archived(archive, partition_number(name))
    if archived is None:
        return topic
    if order(topic.first) > order(archived.end):
        raise ArchiveGap(_missing(archive, name, archived.end, topic.first))
    held = topic if topic.first != topic.end else archived
    first = min(held.first, archived.first, key=order)
    return Extent(first, max(topic.end, archived.end, key=order))


def _archived(archive: TopicArchive, number: int) -> Extent | None:
    first, end = archive.first(number), archive.end(number)
    return None if first is None or end is None else Extent(first, end)


@dataclass(frozen=True, slots=True)
class ArchivedTopic:
    """A topic and its archive: `held` returns the topic's current content, `place` formats a position like the
    topic."""

    store: ArchiveStore
    name: str
    history: HistoryOf
    held: Callable[[], TopicContent]
    place: Callable[[str, str], str]


class ArchivedHistory(FixedPartitionedSource[RawBatch, bytes]):
    """Reads the messages of partitions within their `extents`: first from the archive, then from the topic.

    Raises ArchiveGap, ArchiveDamaged, ArchiveUnavailable, and the topic's errors for lost messages.
    """

    def __init__(
        self,
        topic: ArchivedTopic,
        extents: Mapping[str, Extent],
        *,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        batch_rows: int,
    ) -> None:
        self._topic, self._extents, self._batch_rows = topic, dict(extents), batch_rows
        self._stopping, self._clock = stopping, clock
        self._held: Mapping[str, Extent] | None = None

    @override
    def list_parts(self) -> list[str]:
        return list(self._extents)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> ArchivePartition:
        topic, extent, topic_extent = self._topic, self._extents[for_part], self._continued().get(for_part)

        def then(position: str, state: bytes | None) -> Partition:
            rest = topic.history({for_part: Extent(position, extent.end)})
            return rest.build_part(step_id, for_part, state)

        archive = self._archive_listing if resume_state is None else self._listed()
        files = self._files(archive, for_part, extent, topic_extent)
        return ArchivePartition(self._reading(archive, for_part, extent, files, then), resume_state)

    def _continued(self) -> Mapping[str, Extent]:
        """Checks the topic again, because it may have been created again, and returns its extents."""
        if self._held is None:
            self._held = continued(self._topic.store, self._archive_listing, self._topic.held())
        return self._held

    def _files(
        self, archive: TopicArchive, name: str, extent: Extent, topic_extent: Extent | None
    ) -> Sequence[ArchivedFile]:
        """Returns no files if the archive begins after the requested extent and the topic still holds all of it."""
        files = archive.within(partition_number(name), extent)
        if not begins_later(files, extent):
            return files
        if topic_extent is None or order(extent.first) < order(topic_extent.first):
            raise ArchiveGap(_missing(archive, name, extent.first, files[0].extent.first))
        return ()

    @cached_property
    def _archive_listing(self) -> TopicArchive:
        """Lists the archive once for all partitions that begin."""
        return self._listed()

    def _listed(self) -> TopicArchive:
        return archive_of(self._topic.store, self._topic.name)

    def _reading(
        self,
        archive: TopicArchive,
        name: str,
        extent: Extent,
        files: Sequence[ArchivedFile],
        then: Callable[[str, bytes | None], Partition],
    ) -> ArchiveReading:
        return ArchiveReading(
            store=self._topic.store,
            folder=archive.folder,
            partition=name,
            extent=extent,
            files=files,
            batch_rows=self._batch_rows,
            stopping=self._stopping,
            clock=self._clock,
            place=self._topic.place,
            at=files[-1].extent.end if files else extent.first,
            then=then,
        )


def _missing(archive: TopicArchive, name: str, first: str, end: str) -> str:
    return (
        f"{archive.folder}: partition {name}: positions {first} up to {end} are neither in the archive nor in the "
        "topic; hint: archive more often than the topic's retention removes messages; to use only what the topic "
        "holds, unset HEADRACE_ARCHIVE"
    )
