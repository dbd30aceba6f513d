"""What crosses the seam between a topic and the graph: one item is one batch of messages."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Payloads read from one topic partition, in the order they were published.

    `published_ms` is the oldest publish time in the batch, `newest_ms` the newest (ms, wall clock of the
    broker). `position(row)` names where a payload stands in its topic: it is called for rejects only,
    because naming every message costs more than reading it. `ended` is true on the one (possibly empty)
    batch that closes a bounded partition.
    """

    partition: str
    payloads: list[bytes]
    published_ms: int
    newest_ms: int
    position: Callable[[int], str]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Messages to one topic: keys and payloads of equal length."""

    keys: list[str]
    payloads: list[bytes]


class Stopped(Exception):
    """Raised by a waiting sink when the run is told to stop: what it held is read again after the restart."""
