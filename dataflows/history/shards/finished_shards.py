"""Notes which shards are folded: entries of the ledger, which hold once all outputs of the epoch are done."""

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from dataflows.history.ledger import EpochEntries, Ledger
from dataflows.ingest import shard_key

_PREFIX = "shard-"


class FinishedShards(FixedPartitionedSink[str, None]):
    """Takes the keys of shards of which everything was emitted; every process notes its own."""

    def __init__(self, ledger: Ledger, process: int = 0) -> None:
        self._ledger, self.process = ledger, process

    @override
    def list_parts(self) -> list[str]:
        return [f"{self.process:03d}"]

    @override
    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Finished":
        return _Finished(EpochEntries(self._ledger))


class _Finished(StatefulSinkPartition[str, None]):
    def __init__(self, entries: EpochEntries) -> None:
        self._entries = entries

    def write_batch(self, items: list[str]) -> None:
        self._entries.item_came()
        for shard in items:
            self._entries.prepare(f"{_PREFIX}{shard}", b"")

    def snapshot(self) -> None:
        self._entries.epoch_ended()


def finished(ledger: Ledger, shards: int) -> set[int]:
    """The shards that are done with."""
    names = ledger.names()
    return {shard for shard in range(shards) if f"{_PREFIX}{shard_key(shard)}" in names}
