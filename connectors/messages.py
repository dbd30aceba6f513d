"""What crosses the seam between a topic and the graph: one item is one batch of messages."""

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
    """What a topic knows of messages beside their payloads: one value of each column a message.

    A position is text, in the words of the topic: `row` of an embedded one, `ledger:entry:batch index` of Pulsar. A key
    is None where a message has none; times are in ms, an event time of 0 is none.
    """

    keys: list[str | None]
    positions: list[str]
    published: Times
    event_times: Times


@dataclass(frozen=True, slots=True)
class TypedEvents:
    """The payloads of a batch as the columns of their events, null where one is no event.

    `fingerprint` names how they were decoded: who decodes alike finds the same in the payloads.
    """

    fingerprint: str
    events: pa.StructArray


@dataclass(frozen=True, slots=True)
class CatchUpProgress:
    """How far the inputs of a process have read their backlog.

    All that was published before `until_ms` has been read; None says that the process is at the end of its topics. The
    batch that carries it belongs to slice number `slice`. Where several inputs share slices, a slice has been read when
    the next one begins, and has passed the graph when the one after that begins.
    """

    process: str
    until_ms: int | None
    slice: int = 0
    shared: bool = False

    @property
    def complete_before(self) -> float:
        """All events of slices before this number have been read and have passed the graph."""
        if self.until_ms is None:
            return math.inf
        return self.slice - 1 if self.shared else self.slice


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Payloads read from one topic partition, in the order they were published.

    `published_ms` is when the first payload arrived, `newest_ms` when the last one did: the publish time, which
    is of the producer's clock, or the time of reading where that is earlier (ms). `position(row)` names where a
    payload stands in its topic and `arrived(row)` when it arrived, None where only the batch knows: they are
    called for few rows, because asking every message costs more than reading it. `arrivals()` is when all of them
    arrived, at once, and `columns()` what else is known of each. `ended` is true on the one (possibly empty) batch that
    closes a bounded partition.
    `resume(rows)` is the snapshot of a partition of which that many rows of the batch were delivered; a batch without
    it is never cut. `progress` is set while a backlog is read. `after` is the snapshot of the partition behind the
    batch, where a reader of history notes it, and `before` how many payloads of earlier batches it covers, too. `typed`
    are the payloads decoded, where an archive has kept them: the payloads themselves are then read when somebody asks
    for one.
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
    """What is read of one partition: from the position `first` up to, and without, the position `end`.

    Both are text, in the words of the topic: `row` of an embedded one, `ledger:entry` of Pulsar, where all messages
    of an entry belong together. Nothing is read where both are the same.
    """

    first: str
    end: str


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages there are; not `exact` where it is an estimate."""

    messages: int
    exact: bool


class TopicPartition(StatefulSourcePartition[RawBatch, bytes]):
    """A partition of a topic, which knows where its topic ends. Its state is the position of what it delivered last."""

    @abstractmethod
    def at_end(self) -> bool:
        """Whether all that is published was read; asked after a read in vain, only while a backlog may be left."""

    @abstractmethod
    def has_used_epoch(self) -> bool:
        """Whether it has read as many messages as an epoch may have, and reads on after the next snapshot."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Messages to one topic: keys and payloads of equal length."""

    keys: list[str]
    payloads: list[bytes]


class Stopped(HeadraceError):
    """Raised by a waiting sink when the run stops; a restart reads its pending messages again."""

    def __init__(self, text: str, exit_code: ExitCode = ExitCode.SERVICE) -> None:
        super().__init__(text)
        self.exit_code = exit_code
