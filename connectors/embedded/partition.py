"""Reads one partition of an embedded topic: whole lines as batches, up to a row or without end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from typing_extensions import override

from connectors.embedded import lines
from connectors.embedded.reader import SegmentReader
from connectors.messages import MessageColumns, RawBatch, TopicPartition
from connectors.reading.arrival import ArrivalClock
from connectors.reading.idle_polling import IdlePolling, PollPauses

_PAUSES = PollPauses(first_ms=5, longest_ms=5, quiet_ms=25)
_LONGEST_EPOCH_MS = 10_000  # after this the row limit starts again, with or without a snapshot


@dataclass(frozen=True, slots=True)
class LogReading:
    """The inputs of a partition for its lifetime; `end` is the row before which a bounded partition stops."""

    name: str
    batch_rows: int
    rows_per_epoch: int
    end: int | None
    stopping: Callable[[], bool]
    clock: Callable[[], int]


class LogPartition(TopicPartition):
    """Reads without ever blocking; its state is the position of the next row."""

    def __init__(self, reading: LogReading, reader: SegmentReader) -> None:
        self._reading, self._reader = reading, reader
        self._rows, self._epoch_ms = 0, reading.clock()
        self._arrival = ArrivalClock(reading.clock)
        self._quiet = IdlePolling(_PAUSES, reading.clock)
        self._ended = False

    @override
    def next_batch(self) -> list[RawBatch]:
        if self._ended or self._reading.stopping():
            raise StopIteration
        first = self._reader.row
        content, count = self._reader.read(self._room())
        self._rows += count
        self._quiet.looked(bool(count))
        self._ended = self._reached()
        return [self._batch(content, count, first)] if count or self._ended else []

    def next_awake(self) -> datetime | None:
        """Returns now after a batch, a little later after an empty read."""
        return self._quiet.awake()

    @override
    def at_end(self) -> bool:
        """Returns whether an empty read meant the end: it did unless the rows of this epoch are used up."""
        return not self.has_used_epoch()

    @override
    def has_used_epoch(self) -> bool:
        return self._room() <= 0

    def snapshot(self) -> bytes:
        """Encodes the position of the next row."""
        self._rows, self._epoch_ms = 0, self._reading.clock()
        return self._reader.snapshot()

    @override
    def close(self) -> None:
        self._reader.close()

    def _room(self) -> int:
        now = self._reading.clock()
        if now - self._epoch_ms >= _LONGEST_EPOCH_MS:
            self._rows, self._epoch_ms = 0, now
        room = min(self._reading.batch_rows, self._reading.rows_per_epoch - self._rows)
        return room if self._reading.end is None else min(room, self._reading.end - self._reader.row)

    def _reached(self) -> bool:
        return self._reading.end is not None and self._reader.row >= self._reading.end

    def _batch(self, content: bytes, count: int, first: int) -> RawBatch:
        name, now = self._reading.name, self._arrival.now()
        read = lines.read(content, count, now)
        return RawBatch(
            name,
            read.payloads,
            min(now, min(read.published, default=0)),
            min(now, max(read.published, default=0)),
            lambda row: f"{name}:{first + row}",
            self._ended,
            lambda row: min(read.published[row], now),
            lambda: np.minimum(np.array(read.published, np.int64), now),
            lambda: _columns(content, first, read.published),
            self._reader.resumed(content, count),
        )


def _columns(content: bytes, first: int, published: list[int]) -> MessageColumns:
    """Returns the columns of rows; an embedded topic stores no event times."""
    count = len(published)
    rows = list(map(str, range(first, first + count)))
    return MessageColumns(lines.keys(content, count), rows, np.array(published, np.int64), np.zeros(count, np.int64))
