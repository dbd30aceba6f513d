"""Reads events from the archive alone, without a broker."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.archive import ArchivedHistory, ArchivedTopic, TopicContent, archive_of, joined_extents
from connectors.messages import Extent
from dataflows.definitions import Source as SourceDefinition
from dataflows.kernels.offsets import ALWAYS
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source, archive_store, live_topics
from governance.changes.comparison.events.data import EventsOfTopics, UnknownData


@dataclass(frozen=True, slots=True)
class ArchivedEvents(EventsOfTopics):
    """The content of the archive of HEADRACE_ARCHIVE."""

    words: str = "the archive"
    length_ms: None = None

    def extents(
        self, source: SourceDefinition, settings: Settings, mode: RunMode, since_ms: int = ALWAYS
    ) -> Mapping[str, Extent]:
        """Returns the archived extents, without the files of the days before a time.

        Raises UnknownData, ArchiveGap, ArchiveDamaged, ArchiveUnavailable.
        """
        store = archive_store(_address(settings), settings)
        archive = archive_of(store, source.topic).published_since(since_ms)
        return joined_extents(
            store, archive, _nothing(), lambda number: live_topics(settings, mode).partition(source.topic, number)
        )

    def reader(
        self, source: SourceDefinition, extents: Mapping[str, Extent], settings: Settings, mode: RunMode
    ) -> Source:
        """Reads exactly these extents. Raises ArchiveGap, ArchiveDamaged, ArchiveUnavailable."""
        store, topics = archive_store(_address(settings), settings), live_topics(settings, mode)
        topic = ArchivedTopic(store, source.topic, _no_history, _nothing, topics.place)
        return ArchivedHistory(topic, extents, stopping=mode.stopping, clock=mode.now, batch_rows=settings.batch_rows)


def _address(settings: Settings) -> str:
    if settings.archive is None:
        raise UnknownData("HEADRACE_ARCHIVE: not set; expected the folder or URL to which `headrace archive` writes")
    return settings.archive


def _nothing() -> TopicContent:
    """Returns a topic without content."""
    return TopicContent({}, lambda partition: "", _no_history)


def _no_history(extents: Mapping[str, Extent]) -> Source:
    raise UnknownData(f"the archive does not contain {', '.join(extents)} to its end; run `headrace archive --check`")
