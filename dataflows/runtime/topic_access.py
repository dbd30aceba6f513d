"""What a run needs of topics, wherever they are."""

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
    """What differs between a live run and a replay, and what both are told by.

    A replay is `bounded`: it begins at the earliest message and ends at what each topic held when it began.
    `refuse` takes messages that a topic does not; without it they end the run. `listed` hears what is read of a topic.
    Events published before `history_ends` (ms) were there before the first run; their latency is not reported.
    """

    bounded: bool
    checkpointed: bool
    stopping: Callable[[], bool]
    now: Now
    refuse: Refuse | None = None
    listed: Callable[[str, Sequence[str]], None] = lambda topic, names: None
    history_ends: int = 0


class Topics(Protocol):
    """Topics to read from and to write to."""

    def source(self, topic: str) -> Source:
        """A source over all partitions of a topic."""

    def extent(self, topic: str) -> dict[str, Extent]:
        """What each partition of a topic holds now."""

    def extent_since(self, topic: str, since_ms: int) -> dict[str, Extent]:
        """What each partition holds now that was published at a time (ms) or later."""

    def count(self, topic: str, extents: Mapping[str, Extent]) -> MessageCount | None:
        """How many messages these extents hold; None where nobody may know."""

    def history(self, topic: str, extents: Mapping[str, Extent]) -> Source:
        """A bounded source of exactly these extents, which `extent` gave, or parts of them."""

    def topic_id(self, topic: str, partition: str) -> str:
        """What tells the topic of a partition from another one of its name; "" where nobody may know it."""

    def partition(self, topic: str, number: int) -> str:
        """The name of a partition, as sources call it."""

    def place(self, partition: str, position: str) -> str:
        """Where a message stands in its topic, as batches call it."""

    def sink(self, topic: str, partitions: int, schema: TopicSchema | None, *, essential: bool = True) -> Sink:
        """A sink shared by a number of writers; a schema is checked or registered first.

        A topic that is not `essential` never ends a run: what it does not take is kept in a file.
        """

    def oldest_left(self, topic: str) -> int | None:
        """Since when (ms) a topic is whole that has lost its first messages; None when it has lost none."""
