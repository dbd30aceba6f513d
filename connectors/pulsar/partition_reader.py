"""Reads one partition of a topic: drains available messages and remembers the last one delivered."""

import logging
import operator
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import pulsar
from bytewax.inputs import StatefulSourcePartition
from typing_extensions import override

from connectors.arrival import Arrival
from connectors.idle_polling import IdlePolling, PollPauses
from connectors.messages import RawBatch, Times
from connectors.pulsar.client import CLIENTS
from connectors.pulsar.position import Position, dump, position, position_of, text

log = logging.getLogger(__name__)

_PAUSES = PollPauses(first_ms=1, longest_ms=2, quiet_ms=10)
_LONGEST_EPOCH_MS = 10_000  # after this the row cap starts again, snapshot or not
_PATIENCE_MS = 5_000  # without a connection, before a warning


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much one batch, and all batches of one epoch, may hold (rows of one partition)."""

    batch_rows: int
    rows_per_epoch: int


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a bounded partition ends; `end` is None when it held nothing."""

    end: Position | None


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What a partition needs to know for all its life."""

    name: str
    limits: ReadLimits
    bound: Bound | None
    stopping: Callable[[], bool]
    clock: Callable[[], int]
    release: Callable[[], None]


class PulsarPartition(StatefulSourcePartition[RawBatch, bytes]):
    """One reader. Never blocks; what it has delivered last is its state."""

    def __init__(self, reading: ReaderOptions, reader: Any, last: Any) -> None:
        self._reading, self._reader, self._last = reading, reader, last
        # The wrapper of the library adds a third to the cost of a message.
        self._read_next = reader._reader.read_next
        self._rows, self._epoch_ms, self._seen_ms = 0, reading.clock(), reading.clock()
        self._quiet = IdlePolling(_PAUSES, reading.clock)
        self._arrival = Arrival(reading.clock)
        self._ended = self._away = False

    @override
    def next_batch(self) -> list[RawBatch]:
        if self._ended or self._reading.stopping():
            raise StopIteration
        if self._reached():
            return self._batch([], [], ended=True)
        messages, payloads = self._fresh(*self._drain(self._room()))
        self._quiet.looked(bool(messages))
        self._watch(bool(messages))
        if self._reading.bound is not None:
            return self._bounded(messages, payloads, self._reading.bound)
        return self._batch(messages, payloads) if messages else []

    def next_awake(self) -> datetime | None:
        """At once after a batch, then a little later each time: looking at an empty queue costs 30 us.

        Never far away: an input that sleeps past the end of an epoch holds up all others.
        """
        return self._quiet.awake()

    def snapshot(self) -> bytes:
        """The id of the last message delivered; empty before the first."""
        self._rows, self._epoch_ms = 0, self._reading.clock()
        return dump(self._last)

    @override
    def close(self) -> None:
        CLIENTS.close(self._reader, f"the reader of {self._reading.name}")
        self._reading.release()

    def _room(self) -> int:
        now = self._reading.clock()
        if now - self._epoch_ms >= _LONGEST_EPOCH_MS:
            self._rows, self._epoch_ms = 0, now
        return min(self._reading.limits.batch_rows, self._reading.limits.rows_per_epoch - self._rows)

    def _drain(self, room: int) -> tuple[list[Any], list[bytes]]:
        """What is there, up to `room` messages: the hottest loop of the connector."""
        read, messages, payloads = self._read_next, list[Any](), list[bytes]()
        try:
            for _ in range(room):
                message = read(0)
                messages.append(message)
                payloads.append(message.data())
        except pulsar.Timeout:
            pass
        return messages, payloads

    def _fresh(self, messages: list[Any], payloads: list[bytes]) -> tuple[list[Any], list[bytes]]:
        """Without messages that were delivered before.

        A reader that reconnects starts after the message it believes to be the last delivered, which can be
        one too early. A repeat is then the first of a batch, or stands behind an equal payload: looking
        there spares one look at the id of every message, a quarter of the cost of reading it.
        """
        if not messages:
            return messages, payloads
        repeats = self._last is not None and messages[0].message_id() <= self._last
        if repeats or any(map(operator.eq, payloads, islice(payloads, 1, None))):
            messages = self._ascending(messages)
            payloads = [message.data() for message in messages]
        return messages, payloads

    def _ascending(self, messages: list[Any]) -> list[Any]:
        last, kept = self._last, []
        for message in messages:
            message_id = message.message_id()
            if last is None or message_id > last:
                kept.append(message)
                last = message_id
        return kept

    def _bounded(self, messages: list[Any], payloads: list[bytes], bound: Bound) -> list[RawBatch]:
        """Up to the end and not beyond: new messages may have come since it was built."""
        count = bisect_right(messages, bound.end or (), key=position_of)
        done = count < len(messages) or (not messages and self._exhausted())
        batch = self._batch(messages[:count], payloads[:count], ended=done)
        return batch if done or count else []

    def _reached(self) -> bool:
        bound = self._reading.bound
        if bound is None or bound.end is None:
            return bound is not None
        return self._last is not None and position(self._last) >= bound.end

    def _exhausted(self) -> bool:
        """True when the last id is no message for readers, such as the marker of a transaction."""
        return bool(self._reader.is_connected()) and not self._reader.has_message_available()

    def _batch(self, messages: list[Any], payloads: list[bytes], ended: bool = False) -> list[RawBatch]:
        if messages:
            self._last = messages[-1].message_id()
        self._rows += len(messages)
        self._ended = ended or self._reached()
        name, now = self._reading.name, self._arrival.now()
        oldest, newest = (min(published, now) for published in _published(messages))
        arrived, arrivals = _arrived(messages, now), _arrivals(messages, now)
        return [RawBatch(name, payloads, oldest, newest, _describe(messages), self._ended, arrived, arrivals)]

    def _watch(self, alive: bool) -> None:
        """One warning when the broker is away for long, one when it is back."""
        now = self._reading.clock()
        if alive or self._reader.is_connected():
            if self._away:
                log.warning("reading %s: the broker answers again", self._reading.name)
            self._seen_ms, self._away = now, False
        elif not self._away and now - self._seen_ms >= _PATIENCE_MS:
            log.warning("reading %s: the broker does not answer; waiting", self._reading.name)
            self._away = True


def _published(messages: list[Any]) -> tuple[int, int]:
    """Publish times of the first and the last message, ms; zeros when there is none."""
    if not messages:
        return 0, 0
    return messages[0].publish_timestamp(), messages[-1].publish_timestamp()


def _describe(messages: list[Any]) -> Callable[[int], str]:
    """Row -> `ledger:entry:batch_index`."""
    return lambda row: text(messages[row].message_id())


def _arrived(messages: list[Any], now: int) -> Callable[[int], int]:
    """Row -> when it arrived, ms."""
    return lambda row: min(int(messages[row].publish_timestamp()), now)


def _arrivals(messages: list[Any], now: int) -> Callable[[], Times]:
    """When all arrived, ms."""
    return lambda: np.minimum(
        np.fromiter((message.publish_timestamp() for message in messages), np.int64, len(messages)), now
    )
