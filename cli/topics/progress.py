"""A source that reports its progress; transparent to the graph."""

from collections.abc import Callable
from dataclasses import dataclass

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.messages import RawBatch
from connectors.reading.wrapped_partition import WrappedPartition

Input = FixedPartitionedSource[RawBatch, bytes]


@dataclass(slots=True)
class ReadPosition:
    """The progress of one partition: rows, and publish times (ms) of the first and the newest message."""

    rows: int = 0
    first_ms: int | None = None
    newest_ms: int = 0
    ended: bool = False

    def advance(self, batch: RawBatch) -> None:
        """Records a batch."""
        self.ended = self.ended or batch.ended
        if batch.payloads:
            self.rows += len(batch.payloads)
            self.first_ms = batch.published_ms if self.first_ms is None else self.first_ms
            self.newest_ms = max(self.newest_ms, batch.newest_ms)

    def share(self, end_ms: int) -> float:
        """Returns the share of the time from the first message to `end_ms` that is read, from 0 to 1."""
        if self.ended:
            return 1.0
        if self.first_ms is None or end_ms <= self.first_ms:
            return 0.0
        return min(1.0, (self.newest_ms - self.first_ms) / (end_ms - self.first_ms))


class ProgressSource(FixedPartitionedSource[RawBatch, bytes]):
    """Wraps a source, so that its partitions record their positions in `positions`."""

    def __init__(self, source: Input, topic: str, positions: dict[tuple[str, str], ReadPosition]) -> None:
        self._source = source
        self._positions = {part: positions.setdefault((topic, part), ReadPosition()) for part in source.list_parts()}

    def list_parts(self) -> list[str]:
        """Returns the partitions of the source."""
        return list(self._positions)

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_ObservedPartition":
        """Builds an observed partition of the source."""
        inner = self._source.build_part(step_id, for_part, resume_state)
        return _ObservedPartition(inner, self._positions[for_part].advance)


class _ObservedPartition(WrappedPartition[RawBatch, bytes]):
    def __init__(
        self, partition: StatefulSourcePartition[RawBatch, bytes], advance: Callable[[RawBatch], None]
    ) -> None:
        super().__init__(partition)
        self._advance = advance

    def next_batch(self) -> list[RawBatch]:
        batches = super().next_batch()
        for batch in batches:
            self._advance(batch)
        return batches
