"""Shards in the snapshot format of an earlier Headrace, version 2: one-word sums, deviations from a double.

`whole` is a shard after the first sixty orders; `increment` is one after ninety, on `base`.
"""

from collections.abc import Mapping
from pathlib import Path

from tests.support.dataflow.shards.live_shard import TEN, Specs, orders
from tests.support.oracle.event_facts import Event

FOREVER: Mapping[str, object] = {"source": "orders", "window": "lifetime"}
WHOLE: Mapping[str, object] = {"value": "quantity", "value_type": "INT64"}
REAL: Mapping[str, object] = {"value_type": "DOUBLE"}
SPECS: Specs = {
    "total": {**FOREVER, **WHOLE, "aggregation": "sum"},
    "recent": {**TEN, **WHOLE, "aggregation": "sum"},
    "average": {**TEN, **REAL, "value": "quantity", "aggregation": "mean"},
    "spread": {**TEN, **REAL, "value": "quantity", "aggregation": "std"},
    "spread_ever": {**FOREVER, **REAL, "value": "quantity", "aggregation": "var"},
    "spread_of_amounts": {**TEN, **REAL, "value": "amount", "aggregation": "std"},
    "spend": {**TEN, **REAL, "value": "amount", "aggregation": "sum"},
    "each": {**FOREVER, **REAL, "value": "amount", "aggregation": "mean"},
    "most": {**TEN, **WHOLE, "aggregation": "max"},
    "kinds": {**TEN, "value": "category", "value_type": "INT64", "aggregation": "distinct_count"},
    "newest": {**TEN, "value": "category", "value_type": "ARRAY<STRING>", "aggregation": "last_k", "k": 3},
    "middle": {**TEN, **REAL, "value": "quantity", "aggregation": "quantile", "quantile": 0.5},
    "n": {**FOREVER, "value_type": "INT64", "aggregation": "count"},
}


def sold(first: int, many: int) -> list[Event]:
    """Returns orders with large and negative quantities, none of whose sums an earlier Headrace cut off."""
    made = enumerate(orders(first, many), first)
    return [{**order, "quantity": (-1) ** number * (10**15 + number * number)} for number, order in made]


def kept(name: str) -> bytes:
    """Returns a snapshot from the file of this name."""
    return (Path(__file__).parent / f"{name}.snapshot").read_bytes()
