"""Where topics are: on Pulsar where a URL is set, else in folders. Same calls, nothing above knows which."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from connectors import embedded, pulsar
from connectors.archive import ArchiveStore
from connectors.embedded import LogHistory, LogSink, LogSource, topics
from connectors.messages import Extent, MessageCount
from connectors.pulsar import (
    PulsarConnection,
    PulsarHistory,
    PulsarSink,
    PulsarSource,
    TopicSchema,
    check_retention,
    fail,
    writable_schema,
)
from dataflows.runtime.archived_topics import ArchivedTopics
from dataflows.runtime.settings import Settings
from dataflows.runtime.topic_access import RunMode, Sink, Source, Topics
from dataflows.windows import Now

log = logging.getLogger(__name__)

__all__ = [
    "EmbeddedTopics",
    "PulsarTopics",
    "RunMode",
    "Sink",
    "Source",
    "Topics",
    "archive_store",
    "live_topics",
    "topics_of",
]


@dataclass(frozen=True, slots=True)
class PulsarTopics:
    """Topics of a Pulsar cluster."""

    connection: PulsarConnection
    settings: Settings
    mode: RunMode

    def source(self, topic: str) -> Source:
        """Warns when the namespace keeps no history to replay."""
        if warning := check_retention(self.connection, topic):
            log.warning("%s", warning)
        return PulsarSource(topic, self.connection, listed=self.mode.listed, **_reading(self.settings, self.mode))

    def extent(self, topic: str) -> dict[str, Extent]:
        """Waits for a broker that is away. Raises MissingTopic."""
        return pulsar.extent_of(topic, self.connection, self.mode.stopping)

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """Waits for a broker that is away. Raises MissingTopic."""
        return pulsar.extent_since(topic, since_ms, self.connection, self.mode.stopping)

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """An estimate by the statistics of the broker. Waits for a broker that is away."""
        return pulsar.count_messages(topic, extents, self.connection)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Its partitions raise HistoryTrimmed where the broker no longer holds all of an extent."""
        return PulsarHistory(topic, self.connection, extents, **_history(self.settings, self.mode))

    def topic_id(self, topic: str, partition: str) -> str:
        """When the partition was created. Waits for a broker that is away."""
        return pulsar.created(topic, partition, self.connection, self.mode.stopping)

    def partition(self, topic: str, number: int) -> str:
        """Its full name."""
        return f"{topic}-partition-{number}"

    def place(self, partition: str, position: str) -> str:
        """A message id is unique in its topic."""
        return position

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Raises UnregisteredSchema or IncompatibleSchema; before that nothing is sent."""
        if schema is not None:
            schema = writable_schema(self.connection, topic, schema, self.settings.registry)
        return PulsarSink(
            topic,
            self.connection,
            partitions,
            schema,
            self.mode.stopping,
            most_bytes=self.settings.max_message_bytes,
            refuse=self.mode.refuse or fail,
            essential=essential,
        )

    def oldest_left(self, topic: str) -> int | None:
        """Waits for a broker that is away."""
        return pulsar.oldest_left(topic, self.connection, self.mode.now, self.mode.stopping)


@dataclass(frozen=True, slots=True)
class EmbeddedTopics:
    """Topics in folders under `HEADRACE_VAR`."""

    root: Path
    settings: Settings
    mode: RunMode

    def source(self, topic: str) -> Source:
        """A topic that is not there yet is made."""
        return LogSource(self.root, topic, **_reading(self.settings, self.mode))

    def extent(self, topic: str) -> dict[str, Extent]:
        """A topic that is not there yet is made."""
        return embedded.extent_of(self.root, topic)

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """A topic that is not there has no partitions."""
        return embedded.extent_since(self.root, topic, since_ms)

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """Exact: positions are numbers of rows."""
        return embedded.count_rows(extents)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Its partitions raise EmbeddedHistoryTrimmed where the topic no longer holds all of an extent."""
        return LogHistory(self.root, topic, extents, **_history(self.settings, self.mode))

    def topic_id(self, topic: str, partition: str) -> str:
        """The one that the topic was created with, for all its partitions."""
        return embedded.topic_id(self.root, topic)

    def partition(self, topic: str, number: int) -> str:
        """Its number."""
        return str(number)

    def place(self, partition: str, position: str) -> str:
        """Partition and row."""
        return f"{partition}:{position}"

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Folders have no schemas and no limits."""
        return LogSink(self.root, topic, partitions=partitions, stopping=self.mode.stopping, clock=self.mode.now)

    def oldest_left(self, topic: str) -> int | None:
        """A topic that is not there yet is made."""
        return topics.oldest_left(self.root, topic, self.mode.now)


def topics_of(settings: Settings, mode: RunMode) -> Topics:
    """The topics these settings name, whose history goes on in their archive."""
    topics = live_topics(settings, mode)
    if settings.archive is None:
        return topics
    return ArchivedTopics(topics, archive_store(settings.archive, settings), settings, mode)


def archive_store(url: str, settings: Settings, spare_bytes: int = 0) -> ArchiveStore:
    """The store of an archive, which leaves the last `spare_bytes` of a disk to others. Raises ArchiveUrlError."""
    return ArchiveStore(url, settings.var / "archive-drafts", spare_bytes)


def live_topics(settings: Settings, mode: RunMode) -> Topics:
    """The topics these settings name, without an archive."""
    if settings.pulsar_url is None:
        return EmbeddedTopics(settings.var / "topics", settings, mode)
    return PulsarTopics(settings.pulsar_connection(), settings, mode)


class _HistoryReading(TypedDict):
    batch_rows: int
    rows_per_epoch: int
    stopping: Callable[[], bool]
    clock: Now


class _Reading(_HistoryReading):
    start: Literal["earliest", "latest"]
    bounded: bool


def _history(settings: Settings, mode: RunMode) -> _HistoryReading:
    """How the history of a topic is read, wherever it is."""
    return {
        "batch_rows": settings.batch_rows,
        "rows_per_epoch": settings.rows_per_epoch,
        "stopping": mode.stopping,
        "clock": mode.now,
    }


def _reading(settings: Settings, mode: RunMode) -> _Reading:
    """How a topic is read, wherever it is."""
    start: Literal["earliest", "latest"] = "earliest" if mode.bounded else settings.start
    return {**_history(settings, mode), "start": start, "bounded": mode.bounded}
