"""A source and a partition that delegate to another one; subclasses override only what differs."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Item = TypeVar("Item")
State = TypeVar("State")


class WrappedPartition(StatefulSourcePartition[Item, State], Generic[Item, State]):
    """Delegates everything to `partition`."""

    def __init__(self, partition: StatefulSourcePartition[Item, State]) -> None:
        self._partition = partition

    def next_batch(self) -> list[Item]:
        """Returns the next items as a list."""
        return list(self._partition.next_batch())

    def next_awake(self) -> datetime | None:
        """Returns when to ask for items again."""
        return self._partition.next_awake()

    def snapshot(self) -> State:
        """Returns the state from which to resume."""
        return self._partition.snapshot()

    def close(self) -> None:
        """Closes the partition at the end of a bounded source."""
        self._partition.close()


class WrappedSource(FixedPartitionedSource[Item, State], Generic[Item, State]):
    """Wraps each partition of `source`."""

    def __init__(
        self,
        source: FixedPartitionedSource[Item, State],
        wrap: Callable[[StatefulSourcePartition[Item, State]], StatefulSourcePartition[Item, State]],
    ) -> None:
        self._source, self._wrap = source, wrap

    @override
    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: State | None
    ) -> StatefulSourcePartition[Item, State]:
        return self._wrap(self._source.build_part(step_id, for_part, resume_state))
