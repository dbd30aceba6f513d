"""A partition of a source around another one: what wraps it says only what it does differently."""

from datetime import datetime
from typing import Generic, TypeVar

from bytewax.inputs import StatefulSourcePartition

Item = TypeVar("Item")
State = TypeVar("State")


class WrappedPartition(StatefulSourcePartition[Item, State], Generic[Item, State]):
    """Does what `partition` does."""

    def __init__(self, partition: StatefulSourcePartition[Item, State]) -> None:
        self._partition = partition

    def next_batch(self) -> list[Item]:
        """The next items, as a list."""
        return list(self._partition.next_batch())

    def next_awake(self) -> datetime | None:
        """When to ask for items again."""
        return self._partition.next_awake()

    def snapshot(self) -> State:
        """Where to resume."""
        return self._partition.snapshot()

    def close(self) -> None:
        """Called at the end of a bounded source."""
        self._partition.close()
