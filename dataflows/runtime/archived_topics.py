"""Accesses topics whose history continues in an archive beyond their retention."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from connectors.archive import (
    ArchivedHistory,
    ArchivedTopic,
    ArchiveStore,
    TopicContent,
    archive_of,
    archived_messages,
    joined_extents,
)
from connectors.archive.naming import order
from connectors.messages import Extent, MessageCount
from connectors.pulsar import MissingTopic, TopicSchema
from dataflows.runtime.settings import Settings
from dataflows.runtime.topic_access import RunMode, Sink, Source, Topics

ROWS_AT_ONCE = 1 << 16
"""Rows of a file that are read at once: nobody waits for a single event of an archive, and a batch has a fixed cost."""


@dataclass(frozen=True, slots=True)
class ArchivedTopics:
    """Joins topics with their archive for reading history; delegates everything else to the topics."""

    topics: Topics
    store: ArchiveStore
    settings: Settings
    mode: RunMode

    def source(self, topic: str) -> Source:
        """Returns the source of the topic alone."""
        return self.topics.source(topic)

    def extent(self, topic: str) -> dict[str, Extent]:
        """Returns the joined extents of archive and topic. Raises ArchiveGap, ArchiveDamaged, ArchiveUnavailable."""
        archive = archive_of(self.store, topic)
        return joined_extents(self.store, archive, self._content(topic), lambda number: self.partition(topic, number))

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """Returns the extents of the topic alone, which holds everything recent."""
        return self.topics.extent_since(topic, since_ms)

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """Counts archived messages from the files and the rest from the topic."""
        archived, rest = archived_messages(self.store, archive_of(self.store, topic), extents)
        left = {name: extent for name, extent in rest.items() if order(extent.first) < order(extent.end)}
        of_topic = self.topics.count(topic, left) if left else MessageCount(0, exact=True)
        if of_topic is None:
            return None
        return MessageCount(archived.messages + of_topic.messages, archived.exact and of_topic.exact)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Returns a source that reads the archive first, then the topic."""
        live = partial(self.topics.history, topic)
        archived = ArchivedTopic(self.store, topic, live, lambda: self._content(topic), self.place)
        return ArchivedHistory(
            archived,
            extents,
            stopping=self.mode.stopping,
            clock=self.mode.now,
            batch_rows=max(self.settings.batch_rows, ROWS_AT_ONCE),
        )

    def topic_id(self, topic: str, partition: str) -> str:
        """Delegates to the topic."""
        return self.topics.topic_id(topic, partition)

    def partition(self, topic: str, number: int) -> str:
        """Delegates to the topic."""
        return self.topics.partition(topic, number)

    def place(self, partition: str, position: str) -> str:
        """Delegates to the topic."""
        return self.topics.place(partition, position)

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Delegates to the topic."""
        return self.topics.sink(topic, partitions, schema, essential=essential)

    def oldest_left(self, topic: str) -> int | None:
        """Delegates to the topic, because a live run does not read the archive."""
        return self.topics.oldest_left(topic)

    def _content(self, topic: str) -> TopicContent:
        """Returns the topic's content; empty if the topic no longer exists but its archive does."""
        try:
            return held_topic(self.topics, topic)
        except MissingTopic:
            if not archive_of(self.store, topic).files:
                raise
            return TopicContent({}, lambda partition: "", partial(self.topics.history, topic))


def held_topic(topics: Topics, topic: str) -> TopicContent:
    """Returns the current content of a topic without its archive. Raises MissingTopic."""
    return TopicContent(topics.extent(topic), partial(topics.topic_id, topic), partial(topics.history, topic))
