"""Live shards of users with nine features of every kind, and orders for them."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from dataflows.definitions.loader import Definitions
from tests.support.clock import FakeClock
from tests.support.dataflow.shards.shard import Row, Shard
from tests.support.factories.definitions import MINUTE, by_hand, write
from tests.support.oracle.event_facts import Event

START = 1_767_225_600_000
BEGUN = START + 5 * MINUTE
TEN = {"source": "orders", "window": "10m", "hop": "1m"}
Specs = Mapping[str, Mapping[str, object]]
BASE: Specs = {
    "n": {**TEN, "aggregation": "count", "value_type": "INT64"},
    "spend": {**TEN, "aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
    "each": {**TEN, "aggregation": "mean", "value": "amount", "value_type": "DOUBLE"},
    "kinds": {**TEN, "aggregation": "distinct_count", "value": "category", "value_type": "INT64"},
    "about": {**TEN, "aggregation": "approx_distinct", "value": "category", "value_type": "INT64"},
    "newest": {**TEN, "aggregation": "last_k", "k": 3, "value": "category", "value_type": "ARRAY<STRING>"},
    "middle": {**TEN, "aggregation": "quantile", "quantile": 0.5, "value": "amount", "value_type": "DOUBLE"},
    "ever": {"source": "orders", "window": "lifetime", "aggregation": "count", "value_type": "INT64"},
    "part": {"expression": "spend / (n + 1)", "value_type": "DOUBLE"},
}
SET = {"version": 1, "owner": "tests@example.com", "description": "By hand"}

folders = count()


def defined(folder: Path, specs: Specs, *sets: Mapping[str, object]) -> Definitions:
    """Returns definitions of these features and feature sets."""
    chosen = folder / f"specs-{next(folders)}"
    for features in sets:
        write(chosen / "sets" / f"{features['set_name']}.yaml", features)
    return by_hand(chosen, **specs)


def without(*names: str) -> Specs:
    """Returns the features without some of them."""
    return {name: feature for name, feature in BASE.items() if name not in names}


def changed(name: str, **keys: object) -> Specs:
    """Returns the features with one of them changed."""
    return {**BASE, name: {**BASE[name], **keys}}


def orders(first: int, many: int, users: int = 5) -> list[Event]:
    """Returns an order every ten seconds, from number `first` on."""
    return [
        {
            "event_type": "payment_success",
            "user_id": f"u{i % users}",
            "category": f"kind {i * i % 7}",
            "amount": float(i % 11),
            "timestamp": START + i * 10_000,
        }
        for i in range(first, first + many)
    ]


def entity(row: Row) -> str:
    """Returns the entity of a row."""
    return row.entity


class LiveShards:
    """Live shards with one settable clock."""

    def __init__(self) -> None:
        self.clock = FakeClock(START)

    def shard(self, definitions: Definitions, snapshot: bytes | None = None, begun: int = BEGUN) -> Shard:
        """Returns a shard, new or from a snapshot."""
        return Shard(definitions, "user_id", self.clock.wall, snapshot, begun)

    def take(self, into: Shard, events: Sequence[Event]) -> list[Row]:
        """Returns the rows of these events; sets the clock to the last of them."""
        self.clock.ms = int(str(events[-1]["timestamp"]))
        return into.take("orders", events).rows
