"""What crosses the seam between a topic and the graph: one item is one batch of messages."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.errors import ExitCode, HeadraceError

Times = npt.NDArray[np.int64]
"""Times of the messages of a batch, ms."""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Payloads read from one topic partition, in the order they were published.

    `published_ms` is when the first payload arrived, `newest_ms` when the last one did: the publish time, which
    is of the producer's clock, or the time of reading where that is earlier (ms). `position(row)` names where a
    payload stands in its topic and `arrived(row)` when it arrived, None where only the batch knows: they are
    called for few rows, because asking every message costs more than reading it. `arrivals()` is when all of them
    arrived, at once. `ended` is true on the one (possibly empty) batch that closes a bounded partition.
    """

    partition: str
    payloads: list[bytes]
    published_ms: int
    newest_ms: int
    position: Callable[[int], str]
    ended: bool = False
    arrived: Callable[[int], int] | None = None
    arrivals: Callable[[], Times] | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """What is read of one partition: from the position `first` up to, and without, the position `end`.

    Both are text, in the words of the topic: `row` of an embedded one, `ledger:entry` of Pulsar, where all messages
    of an entry belong together. Nothing is read where both are the same.
    """

    first: str
    end: str


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
