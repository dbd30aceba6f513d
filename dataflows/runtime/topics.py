"""Where topics are: on Pulsar where a URL is set, else in folders. Same calls, nothing above knows which."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypedDict

from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import FixedPartitionedSink

from connectors import embedded, pulsar
from connectors.embedded import LogHistory, LogSink, LogSource, topics
from connectors.messages import Extent, Outgoing, RawBatch
from connectors.pulsar import (
    PulsarConnection,
    PulsarHistory,
    PulsarSink,
    PulsarSource,
    Refuse,
    TopicSchema,
    check_retention,
    fail,
    register,
)
from dataflows.runtime.settings import Settings
from dataflows.windows import Now

Source = FixedPartitionedSource[RawBatch, bytes]
Sink = FixedPartitionedSink[Outgoing, None]


@dataclass(frozen=True, slots=True)
class RunMode:
    """What differs between a live run and a replay, and what both are told by.

    A replay is `bounded`: it begins at the earliest message and ends at what each topic held when it began.
    `refuse` takes messages that a topic does not; without it they end the run. `listed` hears what is read of a topic.
    """

    bounded: bool
    checkpointed: bool
    stopping: Callable[[], bool]
    now: Now
    refuse: Refuse | None = None
    listed: Callable[[str, Sequence[str]], None] = lambda topic, names: None


class Topics(Protocol):
    """Topics to read from and to write to."""

    def source(self, topic: str) -> Source:
        """A source over all partitions of a topic."""

    def extent(self, topic: str) -> dict[str, Extent]:
        """What each partition of a topic holds now."""

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """A bounded source of exactly these extents, which `extent` gave, or parts of them."""

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """A sink shared by a number of writers; a schema is registered first.

        A topic that is not `essential` never ends a run: what it does not take is kept in a file.
        """

    def oldest_left(self, topic: str) -> int | None:
        """Since when (ms) a topic is whole that has lost its first messages; None when it has lost none."""


@dataclass(frozen=True, slots=True)
class PulsarTopics:
    """Topics of a Pulsar cluster."""

    connection: PulsarConnection
    settings: Settings
    mode: RunMode

    def source(self, topic: str) -> Source:
        """Warns when the namespace keeps no history to replay."""
        check_retention(self.connection, topic)
        return PulsarSource(topic, self.connection, listed=self.mode.listed, **_reading(self.settings, self.mode))

    def extent(self, topic: str) -> dict[str, Extent]:
        """Waits for a broker that is away. Raises MissingTopic."""
        return pulsar.extent_of(topic, self.connection, self.mode.stopping)

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Its partitions raise HistoryTrimmed where the broker no longer holds all of an extent."""
        return PulsarHistory(topic, self.connection, extents, **_history(self.settings, self.mode))

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Raises IncompatibleSchema when readers of the topic could not read the records."""
        if schema is not None:
            register(self.connection, topic, schema)
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

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Its partitions raise EmbeddedHistoryTrimmed where the topic no longer holds all of an extent."""
        return LogHistory(self.root, topic, extents, **_history(self.settings, self.mode))

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Folders have no schemas and no limits."""
        return LogSink(self.root, topic, partitions=partitions, stopping=self.mode.stopping, clock=self.mode.now)

    def oldest_left(self, topic: str) -> int | None:
        """A topic that is not there yet is made."""
        return topics.oldest_left(self.root, topic, self.mode.now)


def topics_of(settings: Settings, mode: RunMode) -> Topics:
    """The topics these settings name."""
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
