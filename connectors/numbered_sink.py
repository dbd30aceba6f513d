"""Numbers the partitions of a sink; the key of an item is the number of its partition."""

from typing import TypeVar

from bytewax.outputs import FixedPartitionedSink
from typing_extensions import override

Item = TypeVar("Item")


class NumberedSink(FixedPartitionedSink[Item, None]):
    """A sink with `partitions` partitions, named by their numbers from 0; keys are these numbers as text."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions

    @override
    def list_parts(self) -> list[str]:
        return [str(number) for number in range(self._partitions)]

    @override
    def part_fn(self, item_key: str) -> int:
        return int(item_key)
