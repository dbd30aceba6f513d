"""Messages between a topic and the graph: one item is one batch."""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bytewax.inputs import StatefulSourcePartition

from connectors.errors import ExitCode, HeadraceError

Times = npt.NDArray[np.int64]
"""Times of the messages of a batch, ms."""


@dataclass(frozen=True, slots=True)
class MessageColumns:
    """The data that a topic stores of messages beside their payloads: one value per column and message.

    A position is text in the topic's own format: `row` for an embedded topic, `ledger:entry:batch index` for Pulsar. A
    key is None if a message has none; times are in ms, an event time of 0 means none.
    """

    keys: list[str | None]
    positions: list[str]
    published: Times
    event_times: Times


@dataclass(frozen=True, slots=True)
class TypedEvents:
    """The decoded payloads of a batch: `events` reads some of their columns; null where a payload is not an event.

    `fingerprint` identifies the decoding: equal fingerprints give equal events.
    """

    fingerprint: str
    events: Callable[[Sequence[str]], pa.StructArray]


@dataclass(frozen=True, slots=True)
class CatchUpProgress:
    """The progress of a process' inputs through their backlog.

    Everything published before `until_ms` has been read; None means that the process is at the end of its topics. The
    batch that carries this belongs to slice number `slice`. Where several inputs share slices, a slice has been read
    when the next one begins, and has passed the graph when the one after that begins.
    """

    process: str
    until_ms: int | None
    slice: int = 0
    shared: bool = False

    @property
    def complete_before(self) -> float:
        """Returns the slice number below which all events have been read and have passed the graph."""
        if self.until_ms is None:
            return math.inf
        return self.slice - 1 if self.shared else self.slice


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Payloads read from one topic partition, in publish order.

    `published_ms` is the arrival of the first payload, `newest_ms` of the last: the publish time, set by the producer's
    clock, or the time of reading if that is earlier (ms). `position(row)` returns the position of a payload in its
    topic and `arrived(row)` its arrival, None if only the batch knows it; they are called for few rows, because asking
    every message costs more than reading it. `arrivals()` returns all arrivals at once, and `columns()` the other
    columns of the messages. `ended` is true for the one (possibly empty) batch that closes a bounded partition.
    `resume(rows)` returns the snapshot of a partition after that many rows of the batch were delivered; a batch without
    it is never cut. `progress` is set while a backlog is read. `after` is the snapshot of the partition behind the
    batch, where a reader of history records it, and `before` the number of payloads of earlier batches that it also
    covers. `typed` are the decoded payloads, where an archive keeps them: the payloads themselves are then read only on
    demand.
    """

    partition: str
    payloads: Sequence[bytes]
    published_ms: int
    newest_ms: int
    position: Callable[[int], str]
    ended: bool = False
    arrived: Callable[[int], int] | None = None
    arrivals: Callable[[], Times] | None = None
    columns: Callable[[], MessageColumns] | None = None
    resume: Callable[[int], bytes] | None = None
    progress: CatchUpProgress | None = None
    after: bytes | None = None
    before: int = 0
    typed: TypedEvents | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """The part of a partition to read: from the position `first` up to, and excluding, the position `end`.

    Both are text in the topic's own format: `row` for an embedded topic, `ledger:entry` for Pulsar, where all messages
    of an entry belong together. If both are equal, nothing is read.
    """

    first: str
    end: str


@dataclass(frozen=True, slots=True)
class MessageCount:
    """The number of messages; not `exact` if it is an estimate."""

    messages: int
    exact: bool


class TopicPartition(StatefulSourcePartition[RawBatch, bytes]):
    """A partition of a topic that knows where its topic ends. Its state is the position of the last delivered
    message."""

    @abstractmethod
    def at_end(self) -> bool:
        """Returns whether everything published was read; called after an empty read, while a backlog may remain."""

    @abstractmethod
    def has_used_epoch(self) -> bool:
        """Returns whether it has read as many messages as an epoch may have, and continues after the next snapshot."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Messages to one topic: keys and payloads of equal length."""

    keys: list[str]
    payloads: list[bytes]


class RunStopped(HeadraceError):
    """Raised by a waiting sink when the run stops; a restart reads its pending messages again."""

    def __init__(self, text: str, exit_code: ExitCode = ExitCode.SERVICE) -> None:
        super().__init__(text)
        self.exit_code = exit_code
