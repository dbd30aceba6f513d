"""Records which shards are folded: entries of the ledger, valid once all outputs of the epoch are done."""

from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from dataflows.history.ledger import EpochEntries, Ledger
from dataflows.history.ledger_sink import LedgerSink
from dataflows.ingest import shard_key

_PREFIX = "shard-"


class FinishedShards(LedgerSink[str]):
    """Receives the keys of shards that emitted everything; every process records its own."""

    @override
    def noting(self, entries: EpochEntries) -> "_Finished":
        return _Finished(entries)


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
    """Returns the shards that are finished."""
    names = ledger.names()
    return {shard for shard in range(shards) if f"{_PREFIX}{shard_key(shard)}" in names}
