"""Reads the last hours of the topics: messages published since a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.messages import Extent
from dataflows.definitions import Source as SourceDefinition
from dataflows.definitions import durations
from dataflows.kernels.offsets import ALWAYS
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source, live_topics
from governance.changes.comparison.events.data import EventsOfTopics


@dataclass(frozen=True, slots=True)
class RecentEvents(EventsOfTopics):
    """Messages published in the last `length_ms`."""

    length_ms: int

    @property
    def words(self) -> str:
        """Words its length."""
        return f"the last {durations.format(self.length_ms)} of the topics"

    def extents(
        self, source: SourceDefinition, settings: Settings, mode: RunMode, since_ms: int = ALWAYS
    ) -> Mapping[str, Extent]:
        """Returns extents by publish time. Raises MissingTopic."""
        return live_topics(settings, mode).extent_since(source.topic, mode.now() - self.length_ms)

    def reader(
        self, source: SourceDefinition, extents: Mapping[str, Extent], settings: Settings, mode: RunMode
    ) -> Source:
        """Reads exactly these extents. Raises HistoryTrimmed if the topic no longer holds them."""
        return live_topics(settings, mode).history(source.topic, extents)
