"""Aligns the partitions of sources by publish time while they read a backlog; at the end of topics none waits."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.messages import CatchUpProgress, RawBatch, TopicPartition
from connectors.reading.backlog import Backlog
from connectors.reading.wrapped_partition import WrappedPartition

TAIL_MS = 2_000
"""Messages younger than this are live."""
SPAN_MS, FULL_ROWS = 1_000, 1_000
"""An input that was at the end lags again if it reads this much at once: publish time, or messages."""
REPORT_MS = 100
"""How often an input without messages reports the progress of the process."""
PAUSE = timedelta(milliseconds=1)


class SteppedSource(FixedPartitionedSource[RawBatch, bytes]):
    """A source whose partitions advance together with those of the other sources of `backlog`; `clock` gives ms."""

    def __init__(
        self,
        source: FixedPartitionedSource[RawBatch, bytes],
        backlog: Backlog,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
    ) -> None:
        self._source, self._backlog, self._stopping, self._clock = source, backlog, stopping, clock
        backlog.expect(self)

    def list_parts(self) -> list[str]:
        """Returns the partitions of the source."""
        return self._source.list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_SteppedPartition":
        """Builds a partition of the source, aligned with the others."""
        part = self._source.build_part(step_id, for_part, resume_state)
        stepped = _SteppedPartition(part, for_part, self._backlog, self._stopping, self._clock)
        self._backlog.add(stepped, self)
        return stepped


class _SteppedPartition(WrappedPartition[RawBatch, bytes]):
    """Holds the last batch while others lag behind it: `_pending`, of which `_delivered` rows are delivered."""

    def __init__(
        self,
        partition: StatefulSourcePartition[RawBatch, bytes],
        name: str,
        backlog: Backlog,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
    ) -> None:
        super().__init__(partition)
        self._name, self._backlog, self._stopping, self._clock = name, backlog, stopping, clock
        self._pending: RawBatch | None = None
        self._delivered, self._paused = 0, False
        self._caught_up = False
        self._reported: CatchUpProgress | None = None
        self._reported_ms = 0

    def next_batch(self) -> list[RawBatch]:
        if self._stopping():
            raise StopIteration
        if self._pending is None:
            self._read()
        return self._report() if self._pending is None else self._deliver(self._pending)

    def next_awake(self) -> datetime | None:
        """Returns a little later while others lag behind, otherwise the partition's own time."""
        if self._pending is None:
            return self._partition.next_awake()
        return datetime.now(UTC) + PAUSE if self._paused else None

    def snapshot(self) -> bytes:
        """Returns the position behind the last delivered message."""
        state = self._partition.snapshot()
        resume = None if self._pending is None else self._pending.resume
        return state if resume is None else resume(self._delivered)

    def close(self) -> None:
        self._backlog.note_caught_up(self)
        self._partition.close()

    def _read(self) -> None:
        batches = list(self._partition.next_batch())
        if batches:
            (self._pending,) = batches
            self._delivered = 0
            self._note_lag(self._pending)
        elif not self._caught_up:
            self._found_nothing()

    def _note_lag(self, batch: RawBatch) -> None:
        """Records a lag if the messages are old, and not only because their producer's clock is slow."""
        old = batch.published_ms < self._clock() - TAIL_MS
        many = batch.newest_ms - batch.published_ms > SPAN_MS or len(batch.payloads) >= FULL_ROWS
        if old and (many or not self._caught_up) and batch.arrived is not None:
            self._caught_up = False
            self._backlog.note_lagging(self, batch.arrived(0))
        elif not self._caught_up:
            self._caught_up = True
            self._backlog.note_caught_up(self)

    def _found_nothing(self) -> None:
        """Records an empty read: the others wait for a partition that used up its epoch, not for one with a slow
        broker."""
        topic = self._partition if isinstance(self._partition, TopicPartition) else None
        if topic is not None and topic.has_used_epoch():
            return
        if topic is not None and topic.at_end():
            self._caught_up = True
            self._backlog.note_caught_up(self)
        else:
            self._backlog.note_unknown(self)

    def _deliver(self, pending: RawBatch) -> list[RawBatch]:
        if self._backlog.is_read and self._reported is self._backlog.progress():
            self._pending = None
            return [pending]
        rows = self._allowed(pending)
        self._paused = rows == self._delivered
        if self._paused:
            return self._report()
        piece = _cut(pending, self._delivered, rows)
        self._backlog.note_delivered(self, rows - self._delivered)
        self._advance(pending, rows)
        self._reported, self._reported_ms = self._backlog.progress(), self._clock()
        return [replace(piece, progress=self._reported)]

    def _allowed(self, pending: RawBatch) -> int:
        """Returns the row up to which the batch may be delivered now."""
        limit, room = self._backlog.limit(self, pending.newest_ms)
        rows = len(pending.payloads)
        if pending.arrived is None or pending.resume is None:
            return rows
        if limit <= pending.newest_ms:
            rows = bisect_left(range(rows), limit, lo=self._delivered, key=pending.arrived)
        return int(min(rows, self._delivered + room))

    def _advance(self, pending: RawBatch, rows: int) -> None:
        """Records the next row to deliver; a message yet to be read is no older than the last one."""
        is_last = rows == len(pending.payloads)
        self._delivered, self._pending = rows, None if is_last else pending
        if not self._caught_up and pending.arrived is not None:
            self._backlog.note_lagging(self, pending.newest_ms if is_last else pending.arrived(rows))

    def _report(self) -> list[RawBatch]:
        """Returns an empty batch that carries progress to the windows, if it is time."""
        progress = self._backlog.progress()
        if progress is None or progress is self._reported:
            return []
        now = self._clock()
        if progress.until_ms is not None and now < self._reported_ms + REPORT_MS:
            return []
        self._reported, self._reported_ms = progress, now
        return [RawBatch(self._name, [], now, now, str, progress=progress)]


def _cut(batch: RawBatch, first: int, last: int) -> RawBatch:
    """Returns a range of rows of a batch."""
    if (first, last) == (0, len(batch.payloads)):
        return batch
    arrived, arrivals = batch.arrived, batch.arrivals
    if arrived is None:
        return batch
    return replace(
        batch,
        payloads=batch.payloads[first:last],
        published_ms=arrived(first),
        newest_ms=arrived(last - 1),
        position=lambda row: batch.position(first + row),
        arrived=lambda row: arrived(first + row),
        arrivals=None if arrivals is None else lambda: arrivals()[first:last],
        ended=batch.ended and last == len(batch.payloads),
        resume=None,
    )
