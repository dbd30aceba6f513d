"""Where topics are: on Pulsar where a URL is set, else in folders. Same calls, nothing above knows which."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypedDict

from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import FixedPartitionedSink

from connectors.log import LogSink, LogSource
from connectors.messages import Outgoing, RawBatch
from connectors.pulsar import (
    PulsarConnection,
    PulsarSink,
    PulsarSource,
    TopicSchema,
    check_retention,
    register,
)
from dataflows.clocks import Now
from dataflows.settings import Settings

Source = FixedPartitionedSource[RawBatch, bytes]
Sink = FixedPartitionedSink[Outgoing, None]


@dataclass(frozen=True, slots=True)
class Mode:
    """What differs between a live run and a replay, and what both are told by.

    A replay is `bounded`: it begins at the earliest message and ends at what each topic held when it began.
    """

    bounded: bool
    checkpointed: bool
    stopping: Callable[[], bool]
    now: Now


class Topics(Protocol):
    """Topics to read from and to write to."""

    def source(self, topic: str) -> Source:
        """A source over all partitions of a topic."""

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None) -> Sink:
        """A sink shared by a number of writers; a schema is registered first."""


@dataclass(frozen=True, slots=True)
class PulsarTopics:
    """Topics of a Pulsar cluster."""

    connection: PulsarConnection
    settings: Settings
    mode: Mode

    def source(self, topic: str) -> Source:
        """Warns when the namespace keeps no history to replay."""
        check_retention(self.connection, topic)
        return PulsarSource(topic, self.connection, **_reading(self.settings, self.mode))

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None) -> Sink:
        """Raises IncompatibleSchema when readers of the topic could not read the records."""
        if schema is not None:
            register(self.connection, topic, schema)
        return PulsarSink(topic, self.connection, partitions, schema, self.mode.stopping)


@dataclass(frozen=True, slots=True)
class EmbeddedTopics:
    """Topics in folders under `HEADRACE_VAR`."""

    root: Path
    settings: Settings
    mode: Mode

    def source(self, topic: str) -> Source:
        """A topic that is not there yet is made."""
        return LogSource(self.root, topic, **_reading(self.settings, self.mode))

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None) -> Sink:
        """Folders have no schemas."""
        return LogSink(self.root, topic, partitions=partitions, stopping=self.mode.stopping, clock=self.mode.now)


def topics_of(settings: Settings, mode: Mode) -> Topics:
    """The topics these settings name."""
    if settings.pulsar_url is None:
        return EmbeddedTopics(settings.var / "topics", settings, mode)
    return PulsarTopics(settings.pulsar_connection(), settings, mode)


class _Reading(TypedDict):
    start: Literal["earliest", "latest"]
    batch_rows: int
    rows_per_epoch: int
    bounded: bool
    stopping: Callable[[], bool]
    clock: Now


def _reading(settings: Settings, mode: Mode) -> _Reading:
    """How a topic is read, wherever it is."""
    return {
        "start": "earliest" if mode.bounded else settings.start,
        "batch_rows": settings.batch_rows,
        "rows_per_epoch": settings.rows_per_epoch,
        "bounded": mode.bounded,
        "stopping": mode.stopping,
        "clock": mode.now,
    }
