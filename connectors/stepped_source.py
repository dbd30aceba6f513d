"""Sources whose partitions keep in step while they read a backlog; at the end of their topics nobody waits."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.backlog import Backlog
from connectors.messages import RawBatch, Reached, TopicPartition
from connectors.wrapped_partition import WrappedPartition

TAIL_MS = 2_000
"""Messages younger than that are of now."""
SPAN_MS, FULL_ROWS = 1_000, 1_000
"""An input that was at the end is behind again if it reads as much at once: publish time, or messages."""
TELL_MS = 100
"""How often an input that has nothing to deliver tells how far the process is."""
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
        backlog.expects(self)

    def list_parts(self) -> list[str]:
        """The partitions of the source."""
        return self._source.list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_SteppedPartition":
        """A partition of the source, in step."""
        part = self._source.build_part(step_id, for_part, resume_state)
        stepped = _SteppedPartition(part, for_part, self._backlog, self._stopping, self._clock)
        self._backlog.joins(stepped, self)
        return stepped


class _SteppedPartition(WrappedPartition[RawBatch, bytes]):
    """Holds the batch read last for as long as others are behind it: `_rest`, of which `_given` rows are delivered."""

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
        self._rest: RawBatch | None = None
        self._given, self._held = 0, False
        self._level = False
        self._said: Reached | None = None
        self._said_ms = 0

    def next_batch(self) -> list[RawBatch]:
        if self._stopping():
            raise StopIteration
        if self._rest is None:
            self._read()
        return self._told() if self._rest is None else self._delivered(self._rest)

    def next_awake(self) -> datetime | None:
        """A little later while others are behind, else when the partition says."""
        if self._rest is None:
            return self._partition.next_awake()
        return datetime.now(UTC) + PAUSE if self._held else None

    def snapshot(self) -> bytes:
        """The position behind the last message delivered."""
        state = self._partition.snapshot()
        resume = None if self._rest is None else self._rest.resume
        return state if resume is None else resume(self._given)

    def close(self) -> None:
        self._backlog.level(self)
        self._partition.close()

    def _read(self) -> None:
        found = list(self._partition.next_batch())
        if found:
            (self._rest,) = found
            self._given = 0
            self._stand(self._rest)
        elif not self._level:
            self._found_nothing()

    def _stand(self, batch: RawBatch) -> None:
        """Whether the partition is behind: its messages are old, not only those of a producer whose clock is slow."""
        old = batch.published_ms < self._clock() - TAIL_MS
        many = batch.newest_ms - batch.published_ms > SPAN_MS or len(batch.payloads) >= FULL_ROWS
        if old and (many or not self._level) and batch.arrived is not None:
            self._level = False
            self._backlog.behind(self, batch.arrived(0))
        elif not self._level:
            self._level = True
            self._backlog.level(self)

    def _found_nothing(self) -> None:
        if isinstance(self._partition, TopicPartition) and self._partition.at_end():
            self._level = True
            self._backlog.level(self)
        else:
            self._backlog.unsure(self)

    def _delivered(self, rest: RawBatch) -> list[RawBatch]:
        if self._backlog.over and self._said is self._backlog.told():
            self._rest = None
            return [rest]
        rows = self._allowed(rest)
        self._held = rows == self._given
        if self._held:
            return self._told()
        piece = _cut(rest, self._given, rows)
        self._backlog.delivered(self, rows - self._given)
        self._move(rest, rows)
        self._said, self._said_ms = self._backlog.told(), self._clock()
        return [replace(piece, reached=self._said)]

    def _allowed(self, rest: RawBatch) -> int:
        """Up to which row the batch may be delivered now."""
        limit, room = self._backlog.limit(self, rest.newest_ms)
        rows = len(rest.payloads)
        if rest.arrived is None or rest.resume is None:
            return rows
        if limit <= rest.newest_ms:
            rows = bisect_left(range(rows), limit, lo=self._given, key=rest.arrived)
        return int(min(rows, self._given + room))

    def _move(self, rest: RawBatch, rows: int) -> None:
        """What is delivered next: if that has yet to be read, it is no older than what was."""
        whole = rows == len(rest.payloads)
        self._given, self._rest = rows, None if whole else rest
        if not self._level and rest.arrived is not None:
            self._backlog.behind(self, rest.newest_ms if whole else rest.arrived(rows))

    def _told(self) -> list[RawBatch]:
        """An empty batch when those that read the graph are to know how far the process has come."""
        reached = self._backlog.told()
        if reached is None or reached is self._said:
            return []
        now = self._clock()
        if reached.until_ms is not None and now < self._said_ms + TELL_MS:
            return []
        self._said, self._said_ms = reached, now
        return [RawBatch(self._name, [], now, now, str, reached=reached)]


def _cut(batch: RawBatch, first: int, last: int) -> RawBatch:
    """Some rows of a batch."""
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
