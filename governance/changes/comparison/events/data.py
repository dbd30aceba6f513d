"""Defines the interface of comparison events: their extents by source, and their reader."""

from collections.abc import Collection, Mapping
from typing import Protocol

from connectors.errors import HeadraceError
from connectors.messages import Extent
from dataflows.definitions import Source as SourceDefinition
from dataflows.kernels.offsets import ALWAYS
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source


class UnknownData(HeadraceError):
    """The origin of events is unclear, or has none; the message gives the expectation."""


class EventData(Protocol):
    """Events of some sources; it is sent to other processes."""

    @property
    def words(self) -> str:
        """Words it, after `over`."""

    @property
    def length_ms(self) -> int | None:
        """Returns its length (ms), if known before reading."""

    def lacks(self, sources: Collection[str]) -> Collection[str]:
        """Returns the sources without events, by name. Raises UnknownData if it cannot tell."""

    def unasked(self, sources: Collection[str]) -> Collection[str]:
        """Returns the names of events that belong to none of these sources."""

    def extents(
        self, source: SourceDefinition, settings: Settings, mode: RunMode, since_ms: int = ALWAYS
    ) -> Mapping[str, Extent]:
        """Returns the extents of a source by partition; messages published before a time (ms) may be left out."""

    def reader(
        self, source: SourceDefinition, extents: Mapping[str, Extent], settings: Settings, mode: RunMode
    ) -> Source:
        """Reads exactly these extents."""


class EventsOfTopics:
    """Events of all topics: no source lacks events, and none is unknown."""

    __slots__ = ()

    def lacks(self, sources: Collection[str]) -> Collection[str]:
        """Returns none: a source whose topic is empty just has no events."""
        return ()

    def unasked(self, sources: Collection[str]) -> Collection[str]:
        """Returns none."""
        return ()
