"""Copies the messages that a topic holds beyond its archive, partition by partition."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.archive.archiver import FileLimits, PartitionArchiver
from connectors.archive.catalogue import TopicArchive, archive_of
from connectors.archive.columns import EventTypes
from connectors.archive.continuity import TopicContent, continued, expect_same
from connectors.archive.errors import ArchiveDamaged, ArchiveGap
from connectors.archive.history import joined_extent
from connectors.archive.holding import ArchiveLease, FileClaims, now_ms
from connectors.archive.last_message import ArchiveEnd, HistoryOf, archive_end
from connectors.archive.naming import order, partition_number, topic_folder
from connectors.archive.store import ArchiveStore
from connectors.errors import HeadraceError
from connectors.messages import Extent, RawBatch

Source = FixedPartitionedSource[RawBatch, bytes]
_IDLE_S = 0.005  # pause before polling an idle input again


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """Options for copying topics. `over` tells whether a day has passed, so that its open file is closed at the end.

    `whole` receives each file and its rows, `copied` each batch; `rest` pauses after a batch and receives its duration
    (s). `lost` receives messages that the topic removed before they were archived, and the archive continues behind
    them; without it they are an error. With `types`, events are kept beside their payloads.
    """

    store: ArchiveStore
    stopping: Callable[[], bool]
    over: Callable[[str], bool] = lambda day: True
    whole: Callable[[str, int], None] = lambda path, rows: None
    copied: Callable[[RawBatch], None] = lambda batch: None
    rest: Callable[[float], None] = lambda worked_s: None
    limits: FileLimits = field(default_factory=FileLimits)
    lost: Callable[[ArchiveGap], None] | None = None
    types: EventTypes | None = None
    now: Callable[[], int] = now_ms


class TopicArchiver:
    """Copies one topic; keeps its open files from pass to pass, so that nothing is read twice.

    A pass that fails or is stopped leaves only whole files; the next pass continues at their end. During a pass, no
    other archiver may write the archive of the topic.
    """

    def __init__(self, topic: str, copying: CopyOptions) -> None:
        self._topic, self._copying = topic, copying
        self._lease = ArchiveLease(copying.store, topic, copying.now)
        self._claims = FileClaims(copying.store, topic, self._lease.holder)
        self._partitions: dict[str, PartitionArchiver] = {}

    def copy(self, held: Callable[[], TopicContent]) -> None:
        """Copies everything that the topic holds when no other archiver writes any more.

        Raises ArchiveGap, ArchiveDamaged, ArchiveTaken, ArchiveUnavailable, OSError, and what the topic raises.
        """
        try:
            with self._lease.held():
                topic = held()
                self._expect_same(topic)
                self._begin(topic)
                for name, archiver in list(self._partitions.items()):
                    extent = topic.extents.get(name)
                    if extent is not None and not self._copying.stopping():
                        self._partition(name, archiver, Extent(archiver.read, extent.end), topic.history)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Discards the open files."""
        while self._partitions:
            self._partitions.popitem()[1].discard()

    def _expect_same(self, topic: TopicContent) -> None:
        """Keeps the messages that were read from a topic that has since been created again, because no other copy
        exists."""
        place = f"{self._copying.store.place}/{topic_folder(self._topic)}"
        read = {name: archiver for name, archiver in self._partitions.items() if name in topic.extents}
        try:
            for name, archiver in read.items():
                if topic.extents[name].end != archiver.read:
                    expect_same(place, name, archiver.end, topic)
        except ArchiveDamaged:
            for archiver in self._partitions.values():
                archiver.reached(archiver.read, lambda day: True)
            raise

    def _begin(self, topic: TopicContent) -> None:
        new = {name: extent for name, extent in topic.extents.items() if name not in self._partitions}
        if not new:
            return
        archive, copying = archive_of(self._copying.store, self._topic), self._copying
        for name, extent in continued(copying.store, archive, replace(topic, extents=new)).items():
            end = archive_end(copying.store, archive, partition_number(name))
            begun = self._start(archive, name, extent, end, topic.id_of(name))
            archived = None if end is None else end.position
            limits = copying.whole, copying.limits, archived, copying.types
            self._partitions[name] = PartitionArchiver(copying.store, self._claims, begun, name, *limits)
        self._pay(self._claims.owed(archive, new), topic.history)

    def _pay(self, owed: Mapping[str, str], history: HistoryOf) -> None:
        """Writes the files whose ends other archivers have fixed, exactly up to these ends."""
        for name, end in owed.items():
            archiver = self._partitions[name]
            if not self._copying.stopping():
                self._partition(name, archiver, Extent(archiver.read, end), history, lambda day: True)

    def _start(self, archive: TopicArchive, name: str, extent: Extent, end: ArchiveEnd | None, now: str) -> ArchiveEnd:
        """Returns where the archive ends, or where the topic begins if that is later."""
        if end is None:
            return ArchiveEnd(extent.first, now, None)
        try:
            joined_extent(archive, name, extent)
        except ArchiveGap as gap:
            if self._copying.lost is None:
                raise
            self._copying.lost(gap)
            return ArchiveEnd(extent.first, end.topic_id or now, None)
        return replace(end, topic_id=end.topic_id or now)

    def _partition(
        self,
        name: str,
        archiver: PartitionArchiver,
        extent: Extent,
        history: HistoryOf,
        over: Callable[[str], bool] | None = None,
    ) -> None:
        closes = over or self._copying.over
        if order(extent.first) >= order(extent.end):
            archiver.reached(archiver.read, closes)
            return
        if self._read(history({name: extent}), name, archiver):
            archiver.reached(extent.end, closes)
        else:
            self._partitions.pop(name).discard()

    def _read(self, source: Source, name: str, archiver: PartitionArchiver) -> bool:
        """Reads the source; returns whether it was read to its end without being stopped."""
        part, ended = self._opened(source, name, archiver), False
        try:
            while not ended:
                self._lease.renew()
                began, batches = time.monotonic(), part.next_batch()
                for batch in batches:
                    archiver.take(batch)
                    self._copying.copied(batch)
                    ended = batch.ended
                part.snapshot()  # ends an epoch, which limits the number of messages read
                self._rest(time.monotonic() - began, bool(batches))
        except StopIteration:
            return False
        finally:
            part.close()
        return True

    def _opened(
        self, source: Source, name: str, archiver: PartitionArchiver
    ) -> StatefulSourcePartition[RawBatch, bytes]:
        """Opens a partition; if the topic has removed messages, closes the open file first, because it holds them."""
        try:
            return source.build_part("archive", name, None)
        except HeadraceError:
            archiver.reached(archiver.read, lambda day: True)
            raise

    def _rest(self, worked_s: float, copied: bool) -> None:
        if copied:
            self._copying.rest(worked_s)
        else:
            time.sleep(_IDLE_S)
