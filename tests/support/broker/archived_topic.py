"""Holds a topic on the broker, its archive, and both read as one history."""

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from connectors.archive import (
    ArchivedHistory,
    ArchivedTopic,
    ArchiveStore,
    CopyOptions,
    TopicArchiver,
    TopicContent,
    archive_of,
    joined_extents,
)
from connectors.archive.archiver import FileLimits
from connectors.messages import Extent, RawBatch
from connectors.pulsar import (
    PulsarConnection,
    PulsarHistory,
    created,
    extent_of,
)
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode
from tests.support.factories.topics.archived_topic import read_on

BOUNDED = RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=lambda: time.time_ns() // 1_000_000)


def archiving(pulsar: PulsarConnection, folder: Path) -> Settings:
    """Returns settings that continue topics of the broker in the archive of a folder."""
    return Settings(
        var=folder / "var",
        archive=str(folder / "archive"),
        pulsar_url=pulsar.url,
        pulsar_admin_url=pulsar.admin_url,
    )


class ArchivedTopicOnBroker:
    """A topic and its archive; files are full after `rows`."""

    def __init__(self, pulsar: PulsarConnection, topic: str, folder: Path, rows: int = 1_000_000) -> None:
        self.pulsar, self.topic, self.limits = pulsar, topic, FileLimits(rows=rows)
        self.store, self.folder = ArchiveStore(str(folder), folder / "drafts"), folder

    def messages(self, extents: Mapping[str, Extent], batch_rows: int = 10_000) -> PulsarHistory:
        return PulsarHistory(self.topic, self.pulsar, extents, batch_rows=batch_rows, rows_per_epoch=1_000)

    def archive(self, batch_rows: int = 10_000) -> None:
        archiver = TopicArchiver(self.topic, CopyOptions(self.store, lambda: False, limits=self.limits))
        archiver.copy(lambda: self.held(batch_rows))

    def held(self, batch_rows: int = 10_000) -> TopicContent:
        """Returns the extent that the topic holds now."""
        return TopicContent(
            extent_of(self.topic, self.pulsar),
            lambda name: created(self.topic, name, self.pulsar),
            partial(self.messages, batch_rows=batch_rows),
        )

    def extents(self) -> dict[str, Extent]:
        name_of = f"{self.topic}-partition-{{}}".format
        return joined_extents(self.store, archive_of(self.store, self.topic), self.held(), name_of)

    def history(self, batch_rows: int = 10_000) -> ArchivedHistory:
        topic = ArchivedTopic(self.store, self.topic, self.messages, self.held, lambda partition, position: position)
        return ArchivedHistory(
            topic,
            self.extents(),
            stopping=lambda: False,
            clock=lambda: time.time_ns() // 1_000_000,
            batch_rows=batch_rows,
        )

    def read(self, batch_rows: int = 10_000) -> list[RawBatch]:
        source = self.history(batch_rows)
        return [batch for name in source.list_parts() for batch in read_on(source, name)[0]]

    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.parquet"))
