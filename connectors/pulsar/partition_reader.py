"""Reads one partition of a topic: drains available messages and remembers the last one delivered."""

import logging
import operator
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress, count, islice, repeat
from typing import Any

import pulsar
from typing_extensions import override

from connectors.messages import RawBatch, TopicPartition
from connectors.pulsar.client import CLIENTS
from connectors.pulsar.message_batch import raw_batch
from connectors.pulsar.position import Position, dump, position, position_of
from connectors.reading.arrival import ArrivalClock
from connectors.reading.idle_polling import IdlePolling, PollPauses

log = logging.getLogger(__name__)

_PAUSES = PollPauses(first_ms=1, longest_ms=2, quiet_ms=10)
_LONGEST_EPOCH_MS = 10_000  # after this the row limit starts again, with or without a snapshot
_PATIENCE_MS = 5_000  # without a connection, before a warning


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """The limits of one batch, and of all batches of one epoch (rows of one partition)."""

    batch_rows: int
    rows_per_epoch: int


@dataclass(frozen=True, slots=True)
class PartitionEnd:
    """The end of a bounded partition; `end` is None if it was empty."""

    end: Position | None


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """The inputs of a partition for its lifetime."""

    name: str
    limits: ReadLimits
    bound: PartitionEnd | None
    stopping: Callable[[], bool]
    clock: Callable[[], int]
    release: Callable[[], None]


class PulsarPartition(TopicPartition):
    """Reads with one reader, without ever blocking; its state is the last delivered message."""

    def __init__(self, reading: ReaderOptions, reader: Any, last: Any) -> None:
        self._reading, self._reader, self._last = reading, reader, last
        # The library's wrapper adds a third to the cost of a message.
        self._read_next = reader._reader.read_next
        self._rows, self._epoch_ms, self._seen_ms = 0, reading.clock(), reading.clock()
        self._quiet = IdlePolling(_PAUSES, reading.clock)
        self._arrival = ArrivalClock(reading.clock)
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
        """Returns now after a batch, then a little later each time, because checking an empty queue costs 30 us.

        The pause stays short: an input that sleeps past the end of an epoch delays all others.
        """
        return self._quiet.awake()

    def snapshot(self) -> bytes:
        """Encodes the id of the last delivered message; empty before the first."""
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
        """Reads up to `room` available messages: the hottest loop of the connector, so no line of Python runs in it.

        The list keeps the messages read before the queue was empty.
        """
        messages = list[Any]()
        with suppress(pulsar.Timeout):
            messages.extend(map(self._read_next, repeat(0, room)))
        return messages, [message.data() for message in messages]

    def _fresh(self, messages: list[Any], payloads: list[bytes]) -> tuple[list[Any], list[bytes]]:
        """Removes messages that were delivered before.

        A reader that reconnects starts after the message it believes to be the last delivered, which can be one too
        early. A repeat is then the first of a batch, or follows an equal payload: checking only there spares reading
        the id of every message, a quarter of the cost of reading it.
        """
        if not messages:
            return messages, payloads
        begins_again = self._last is not None and messages[0].message_id() <= self._last
        if begins_again or _has_repeats(messages, payloads):
            messages = self._ascending(messages)
            payloads = [message.data() for message in messages]
        return messages, payloads

    def _ascending(self, messages: list[Any]) -> list[Any]:
        last, ascending = self._last, []
        for message in messages:
            message_id = message.message_id()
            if last is None or message_id > last:
                ascending.append(message)
                last = message_id
        return ascending

    def _bounded(self, messages: list[Any], payloads: list[bytes], bound: PartitionEnd) -> list[RawBatch]:
        """Returns messages up to the bound, because newer messages may have arrived since it was set."""
        within = bisect_right(messages, bound.end or (), key=position_of)
        done = within < len(messages) or (not messages and self._exhausted())
        batch = self._batch(messages[:within], payloads[:within], ended=done)
        return batch if done or within else []

    def _reached(self) -> bool:
        bound = self._reading.bound
        if bound is None or bound.end is None:
            return bound is not None
        return self._last is not None and position(self._last) >= bound.end

    @override
    def at_end(self) -> bool:
        """Returns whether the topic is read to its end; False while the broker does not answer."""
        try:
            return self._exhausted()
        except pulsar.PulsarException:
            return False

    @override
    def has_used_epoch(self) -> bool:
        return self._room() <= 0

    def _exhausted(self) -> bool:
        """Returns whether no message is left, even if the last id is no message for readers, such as a transaction
        marker."""
        return bool(self._reader.is_connected()) and not self._reader.has_message_available()

    def _batch(self, messages: list[Any], payloads: list[bytes], ended: bool = False) -> list[RawBatch]:
        before = self._last
        if messages:
            self._last = messages[-1].message_id()
        self._rows += len(messages)
        self._ended = ended or self._reached()
        batch = raw_batch(self._reading.name, messages, payloads, self._arrival.now(), self._ended)
        return [replace(batch, resume=_resumed(before, messages))]

    def _watch(self, alive: bool) -> None:
        """Logs one warning when the broker is unavailable for long, and one line when it is back."""
        now = self._reading.clock()
        if alive or self._reader.is_connected():
            if self._away:
                log.warning("reading %s: the broker answers again", self._reading.name)
            self._seen_ms, self._away = now, False
        elif not self._away and now - self._seen_ms >= _PATIENCE_MS:
            log.warning("reading %s: the broker does not answer; waiting", self._reading.name)
            self._away = True


def _has_repeats(messages: list[Any], payloads: list[bytes]) -> bool:
    """Returns whether a message is followed by itself. Equal payloads alone prove nothing: events may be equal."""
    equal = compress(count(1), map(operator.eq, payloads, islice(payloads, 1, None)))
    return any(messages[row].message_id() <= messages[row - 1].message_id() for row in equal)


def _resumed(before: Any, messages: list[Any]) -> Callable[[int], bytes]:
    """Returns a function from the number of delivered messages to the snapshot; `before` is the id delivered before
    them."""
    return lambda rows: dump(messages[rows - 1].message_id() if rows else before)
