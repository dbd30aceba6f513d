"""What every kind of events answers: which there are of a source, and what reads them."""

from collections.abc import Collection, Mapping
from typing import Protocol

from connectors.errors import HeadraceError
from connectors.messages import Extent
from dataflows.definitions import Source as SourceDefinition
from dataflows.kernels.offsets import ALWAYS
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source


class UnknownData(HeadraceError):
    """Where events are to come from is unclear, or nothing is there; the message says what is expected."""


class EventData(Protocol):
    """Events of some sources; it is sent to other processes."""

    @property
    def words(self) -> str:
        """What it is, after `over`."""

    @property
    def length_ms(self) -> int | None:
        """How long it lasts, where that is known before it is read."""

    def lacks(self, sources: Collection[str]) -> Collection[str]:
        """The sources by name that it has no events of. Raises UnknownData where it cannot be told which it has."""

    def unasked(self, sources: Collection[str]) -> Collection[str]:
        """The sources by name that it was given events of, and that are none of these."""

    def extents(
        self, source: SourceDefinition, settings: Settings, mode: RunMode, since_ms: int = ALWAYS
    ) -> Mapping[str, Extent]:
        """What is read of a source, by partition; what was published before a time (ms) may be left out."""

    def reader(
        self, source: SourceDefinition, extents: Mapping[str, Extent], settings: Settings, mode: RunMode
    ) -> Source:
        """Reads exactly these extents."""


class EventsOfTopics:
    """Events of all topics: no source lacks one, and none is named."""

    __slots__ = ()

    def lacks(self, sources: Collection[str]) -> Collection[str]:
        """None: a source whose topic is empty has no events."""
        return ()

    def unasked(self, sources: Collection[str]) -> Collection[str]:
        """None."""
        return ()
