"""A source of history whose batches carry their partition's position, and which reports its end."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from connectors.messages import RawBatch
from connectors.reading.wrapped_partition import WrappedPartition
from dataflows.history.spill.readings import Reading, place_of


class ResumedSource(FixedPartitionedSource[RawBatch, bytes]):
    """Wraps a source so that its partitions continue at `readings`, whatever the engine remembers."""

    def __init__(
        self,
        name: str,
        source: FixedPartitionedSource[RawBatch, bytes],
        readings: Mapping[str, Reading],
        stopping: Callable[[], bool],
    ) -> None:
        self._name, self._source, self._readings, self._stopping = name, source, readings, stopping

    @override
    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_NotedPartition":
        reading = self._readings.get(place_of(self._name, for_part))
        part = self._source.build_part(step_id, for_part, None if reading is None else reading.state)
        return _NotedPartition(part, for_part, self._stopping)


class _NotedPartition(WrappedPartition[RawBatch, bytes]):
    """Takes a snapshot after each batch, which is cheap and lets the partition read on without a pause per epoch."""

    def __init__(
        self, partition: StatefulSourcePartition[RawBatch, bytes], name: str, stopping: Callable[[], bool]
    ) -> None:
        super().__init__(partition)
        self._name, self._stopping, self._ended = name, stopping, False

    @override
    def next_batch(self) -> list[RawBatch]:
        try:
            batches = super().next_batch()
        except StopIteration:
            if self._ended or self._stopping():
                raise
            self._ended = True
            batches = [RawBatch(self._name, [], 0, 0, str, ended=True)]
        if batches:
            before = sum(len(batch.payloads) for batch in batches[:-1])
            batches[-1] = replace(batches[-1], after=self._partition.snapshot(), before=before)
        return batches
