"""Publishes rows to an embedded topic at given times, archives them, and reads both back."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bytewax.inputs import FixedPartitionedSource

from connectors.archive import (
    ArchivedHistory,
    ArchivedTopic,
    ArchiveStore,
    CopyOptions,
    EventTypes,
    TopicArchiver,
    TopicContent,
    archive_of,
)
from connectors.archive.archiver import FileLimits
from connectors.archive.history import joined_extents
from connectors.embedded.history import LogHistory, extent_of
from connectors.embedded.topic_folder import topic_id
from connectors.embedded.topics import TopicRetention, append
from connectors.messages import Extent, RawBatch
from tests.support.factories.topics.embedded_topic import TOPIC, never

NOW = 1_800_000_000_000
DAY = 86_400_000
MORNING = NOW - NOW % DAY - 10 * DAY
SMALL = FileLimits(rows=20)
FOLDER = "public/default/events"


class ArchivedLog:
    """Numbered payloads; `limits` decide when a file is full, `types` how events are stored beside payloads."""

    def __init__(
        self,
        root: Path,
        url: str,
        keeping: TopicRetention | None = None,
        limits: FileLimits | None = None,
        types: EventTypes | None = None,
    ) -> None:
        self._url, self.root, self.store = url, root, ArchiveStore(url, root / "drafts")
        self._keeping, self._limits = keeping or TopicRetention(partitions=1), limits or FileLimits()
        self.types = types
        self.published, self.rows_per_epoch = list[bytes](), 200_000

    def publish(self, published_ms: int, count: int, key: str = "k") -> None:
        """Publishes rows with the next numbers at a time (ms)."""
        rows = [b'{"n":%d}' % number for number in range(len(self.published), len(self.published) + count)]
        self.put(published_ms, rows, key)

    def put(self, published_ms: int, rows: Sequence[bytes], key: str = "k") -> None:
        append(self.root, TOPIC, [key] * len(rows), list(rows), published_ms.__int__, keeping=self._keeping)
        self.published += rows

    def copying(self, over: bool = True) -> tuple[TopicArchiver, CopyOptions]:
        copying = CopyOptions(self.store, never, over=lambda day: over, limits=self._limits, types=self.types)
        return TopicArchiver(TOPIC, copying), copying

    def archive(self, batch_rows: int = 10_000, over: bool = True) -> None:
        self.copy(self.copying(over=over)[0], batch_rows)

    def copy(self, archiver: TopicArchiver, batch_rows: int = 10_000) -> None:
        archiver.copy(lambda: self.held(batch_rows))

    def held(self, batch_rows: int = 10_000) -> TopicContent:
        """Returns the extent that the topic holds now."""
        return TopicContent(
            extent_of(self.root, TOPIC), lambda name: topic_id(self.root, TOPIC), partial(self.topic, batch_rows)
        )

    def topic(self, batch_rows: int, extents: Mapping[str, Extent]) -> LogHistory:
        return LogHistory(
            self.root,
            TOPIC,
            extents,
            stopping=never,
            clock=NOW.__int__,
            batch_rows=batch_rows,
            rows_per_epoch=self.rows_per_epoch,
        )

    def files(self) -> list[str]:
        return self.store.paths(FOLDER)

    def file_of(self, number: int) -> Path:
        """Returns a file by its place in the order of positions."""
        paths = sorted(self.files(), key=lambda path: int(path.split("-")[-2]))
        return Path(self._url) / FOLDER / paths[number]

    def extents(self) -> dict[str, Extent]:
        return joined_extents(self.store, archive_of(self.store, TOPIC), self.held(), str)

    def history(self, extents: Mapping[str, Extent] | None = None, batch_rows: int = 10_000) -> ArchivedHistory:
        topic = ArchivedTopic(self.store, TOPIC, partial(self.topic, batch_rows), self.held, "{}:{}".format)
        return ArchivedHistory(
            topic, extents or self.extents(), stopping=never, clock=NOW.__int__, batch_rows=batch_rows
        )

    def read(self, extents: Mapping[str, Extent] | None = None, batch_rows: int = 10_000) -> list[RawBatch]:
        source = self.history(extents, batch_rows)
        return [batch for name in source.list_parts() for batch in read_on(source, name)[0]]


def log_in(folder: Path, limits: FileLimits | None = None, keeping: TopicRetention | None = None) -> ArchivedLog:
    """Returns an empty topic with its archive, both in a folder."""
    return ArchivedLog(folder / "topics", str(folder / "archive"), keeping, limits)


def half_archived(folder: Path, beyond: int = 30) -> ArchivedLog:
    """Archives a hundred rows in five files, and publishes some that only the topic has."""
    log = log_in(folder, SMALL)
    log.publish(MORNING, 100)
    log.archive()
    log.publish(MORNING + DAY, beyond)
    return log


def read_on(
    source: FixedPartitionedSource[RawBatch, bytes],
    name: str = "0",
    state: bytes | None = None,
    most: int | None = None,
) -> tuple[list[RawBatch], bytes]:
    """Reads up to `most` batches of a partition, or all; returns them and the state then."""
    partition, batches = source.build_part("in", name, state), list[RawBatch]()
    while most is None or len(batches) < most:
        try:
            batches += partition.next_batch()
        except StopIteration:
            break
        partition.snapshot()
    behind = partition.snapshot()
    partition.close()
    return batches, behind
