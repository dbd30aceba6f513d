"""A sink that records its items in a ledger, one partition per process, once all outputs of the epoch are done."""

from abc import abstractmethod
from typing import Generic, TypeVar

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from dataflows.history.ledger import EpochEntries, Ledger

Item = TypeVar("Item")


class LedgerSink(FixedPartitionedSink[Item, None], Generic[Item]):
    """Has one partition per process, whose number is the key of all its items."""

    def __init__(self, ledger: Ledger, process: int = 0) -> None:
        self._ledger, self.process = ledger, process

    @abstractmethod
    def noting(self, entries: EpochEntries) -> StatefulSinkPartition[Item, None]:
        """Returns the partition that records the items of a process."""

    @override
    def list_parts(self) -> list[str]:
        return [f"{self.process:03d}"]

    @override
    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> StatefulSinkPartition[Item, None]:
        return self.noting(EpochEntries(self._ledger))
