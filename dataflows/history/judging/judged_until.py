"""Records in a ledger up to which time history is judged and reported, so that nothing is sent twice."""

from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from dataflows.history.judging.history_intervals import ObservedInterval
from dataflows.history.ledger import EpochEntries, Ledger
from dataflows.history.ledger_sink import LedgerSink

_UNTIL, _ALL = "until-", "all"


class JudgedUntil(LedgerSink[ObservedInterval]):
    """Receives intervals whose observations were passed on; records the last of each epoch."""

    @override
    def noting(self, entries: EpochEntries) -> "_Judged":
        return _Judged(entries)


class _Judged(StatefulSinkPartition[ObservedInterval, None]):
    def __init__(self, entries: EpochEntries) -> None:
        self._entries, self._names = entries, set[str]()

    def write_batch(self, items: list[ObservedInterval]) -> None:
        self._entries.item_came()
        self._names = {f"{_UNTIL}{items[-1].end_ms}", *([_ALL] if items[-1].last else [])}

    def snapshot(self) -> None:
        for name in sorted(self._names):
            self._entries.prepare(name, b"")
        self._names = set()
        self._entries.epoch_ended()


def judged_until(ledger: Ledger) -> int:
    """Returns the time (ms) up to which intervals were reported."""
    ends = (int(name.removeprefix(_UNTIL)) for name in ledger.names() if name.startswith(_UNTIL))
    return max(ends, default=0)


def all_judged(ledger: Ledger) -> bool:
    """Returns whether nothing is left to judge."""
    return _ALL in ledger.names()
