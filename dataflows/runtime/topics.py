"""Accesses topics on Pulsar if a URL is set, else in folders, through the same interface."""

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
        """Returns a source; warns if the namespace keeps no history to replay."""
        if warning := check_retention(self.connection, topic):
            log.warning("%s", warning)
        return PulsarSource(topic, self.connection, listed=self.mode.listed, **_reading(self.settings, self.mode))

    def extent(self, topic: str) -> dict[str, Extent]:
        """Waits for an unavailable broker. Raises MissingTopic."""
        return pulsar.extent_of(topic, self.connection, self.mode.stopping)

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """Waits for an unavailable broker. Raises MissingTopic."""
        return pulsar.extent_since(topic, since_ms, self.connection, self.mode.stopping)

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """Estimates from the broker's statistics. Waits for an unavailable broker."""
        return pulsar.count_messages(topic, extents, self.connection)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Returns a source whose partitions raise HistoryTrimmed if the broker no longer holds all of an extent."""
        return PulsarHistory(topic, self.connection, extents, **_history(self.settings, self.mode))

    def topic_id(self, topic: str, partition: str) -> str:
        """Returns the creation time of the partition. Waits for an unavailable broker."""
        return pulsar.created(topic, partition, self.connection, self.mode.stopping)

    def partition(self, topic: str, number: int) -> str:
        """Returns its full name."""
        return f"{topic}-partition-{number}"

    def place(self, partition: str, position: str) -> str:
        """Returns the position: a message id is unique in its topic."""
        return position

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Raises UnregisteredSchema or IncompatibleSchema before anything is sent."""
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
        """Waits for an unavailable broker."""
        return pulsar.oldest_left(topic, self.connection, self.mode.now, self.mode.stopping)


@dataclass(frozen=True, slots=True)
class EmbeddedTopics:
    """Topics in folders under `HEADRACE_VAR`."""

    root: Path
    settings: Settings
    mode: RunMode

    def source(self, topic: str) -> Source:
        """Returns a source; creates the topic if it does not exist."""
        return LogSource(self.root, topic, **_reading(self.settings, self.mode))

    def extent(self, topic: str) -> dict[str, Extent]:
        """Returns the extents; creates the topic if it does not exist."""
        return embedded.extent_of(self.root, topic)

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """Returns the extents; none if the topic does not exist."""
        return embedded.extent_since(self.root, topic, since_ms)

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """Counts exactly, because positions are row numbers."""
        return embedded.count_rows(extents)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Returns a source whose partitions raise EmbeddedHistoryTrimmed if the topic no longer holds all of an
        extent."""
        return LogHistory(self.root, topic, extents, **_history(self.settings, self.mode))

    def topic_id(self, topic: str, partition: str) -> str:
        """Returns the id that the topic was created with, for all its partitions."""
        return embedded.topic_id(self.root, topic)

    def partition(self, topic: str, number: int) -> str:
        """Returns its number."""
        return str(number)

    def place(self, partition: str, position: str) -> str:
        """Returns partition and row."""
        return f"{partition}:{position}"

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Returns a sink; folders have no schemas and no limits."""
        return LogSink(self.root, topic, partitions=partitions, stopping=self.mode.stopping, clock=self.mode.now)

    def oldest_left(self, topic: str) -> int | None:
        """Returns the time; creates the topic if it does not exist."""
        return topics.oldest_left(self.root, topic, self.mode.now)


def topics_of(settings: Settings, mode: RunMode) -> Topics:
    """Returns the topics of these settings, joined with their archive if one is set."""
    topics = live_topics(settings, mode)
    if settings.archive is None:
        return topics
    return ArchivedTopics(topics, archive_store(settings.archive, settings), settings, mode)


def archive_store(url: str, settings: Settings, spare_bytes: int = 0) -> ArchiveStore:
    """Returns the store of an archive, which leaves the last `spare_bytes` of a disk free. Raises ArchiveUrlError."""
    return ArchiveStore(url, settings.var / "archive-drafts", spare_bytes)


def live_topics(settings: Settings, mode: RunMode) -> Topics:
    """Returns the topics of these settings, without an archive."""
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
    """Returns the options for reading the history of any topic."""
    return {
        "batch_rows": settings.batch_rows,
        "rows_per_epoch": settings.rows_per_epoch,
        "stopping": mode.stopping,
        "clock": mode.now,
    }


def _reading(settings: Settings, mode: RunMode) -> _Reading:
    """Returns the options for reading any topic."""
    start: Literal["earliest", "latest"] = "earliest" if mode.bounded else settings.start
    return {**_history(settings, mode), "start": start, "bounded": mode.bounded}
