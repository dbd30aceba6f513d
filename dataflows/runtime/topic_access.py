"""Defines what a run needs of topics, wherever they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import FixedPartitionedSink

from connectors.messages import Extent, MessageCount, Outgoing, RawBatch
from connectors.pulsar import Refuse, TopicSchema
from dataflows.windows import Now

Source = FixedPartitionedSource[RawBatch, bytes]
Sink = FixedPartitionedSink[Outgoing, None]


@dataclass(frozen=True, slots=True)
class RunMode:
    """Differences between a live run and a replay, and their callbacks.

    A replay is `bounded`: it begins at the earliest message and ends at the end that each topic had when it began.
    `refuse` receives messages that a topic refuses; without it they end the run. `listed` receives the partitions that
    are read. Events published before `history_ends` (ms) existed before the first run; their latency is not reported.
    """

    bounded: bool
    checkpointed: bool
    stopping: Callable[[], bool]
    now: Now
    refuse: Refuse | None = None
    listed: Callable[[str, Sequence[str]], None] = lambda topic, names: None
    history_ends: int = 0


class Topics(Protocol):
    """Reads from and writes to topics."""

    def source(self, topic: str) -> Source:
        """Returns a source over all partitions of a topic."""

    def extent(self, topic: str) -> dict[str, Extent]:
        """Returns the current extent of each partition of a topic."""

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """Returns the current extent of messages published at a time (ms) or later, by partition."""

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """Returns the number of messages in these extents; None if it is unknown."""

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """Returns a bounded source of exactly these extents from `extent`, or parts of them."""

    def topic_id(self, topic: str, partition: str) -> str:
        """Returns the id of a partition's topic, which a later topic of its name does not share; "" if unknown."""

    def partition(self, topic: str, number: int) -> str:
        """Returns the name of a partition as sources use it."""

    def place(self, partition: str, position: str) -> str:
        """Returns the place of a message in its topic, as batches name it."""

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """Returns a sink shared by a number of writers; checks or registers a schema first.

        A topic that is not `essential` never ends a run: messages that it refuses are kept in a file.
        """

    def oldest_left(self, topic: str) -> int | None:
        """Returns since when (ms) a topic that lost its first messages is complete; None if it lost none."""
