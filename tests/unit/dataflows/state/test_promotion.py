"""Tests that a promoted or demoted version keeps its state: every value covers all events, nothing warms up."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from tests.support.dataflow.shards.live_shard import BASE, BEGUN, LiveShards, orders
from tests.support.dataflow.shards.shard import Row
from tests.support.factories.definitions import ORDERS, PLAIN, write
from tests.support.generators.seeds import fresh_seed
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.scenarios import wrong

FOLDED = sorted(name for name, spec in BASE.items() if "aggregation" in spec)
FILTERS = {1: None, 2: "amount > 3", 3: "amount > 7"}


def versions(folder: Path, promoted: dict[str, int], candidates: Mapping[str, tuple[int, ...]]) -> Definitions:
    """Returns each feature in its promoted version, and candidates beside it; one is derived from a candidate."""
    write(folder / "sources" / "orders.yaml", ORDERS)
    for name, number in promoted.items():
        for other in (number, *candidates[name]):
            keys = {"version": other, "filter": FILTERS[other], "candidate": other != number}
            spec = {"feature_name": name, **PLAIN, **BASE[name], **keys}
            write(
                folder / "user" / f"{name}-{other}.yaml",
                {key: value for key, value in spec.items() if value is not None},
            )
    if 2 in candidates["spend"]:
        ratio = {"feature_name": "ratio", **PLAIN, "expression": "spend@2 / (n + 1)", "value_type": "DOUBLE"}
        write(folder / "user" / "ratio.yaml", ratio)
    return load(folder)


def mistakes(rows: list[Row], definitions: Definitions, events: int) -> list[str]:
    oracle, differences = Oracle(definitions, {"orders": orders(0, events)}), list[str]()
    for row in rows:
        assert row.warming == ()
        differences += wrong(definitions.features, oracle.value_at("user_id", row.entity, row.as_of), row.values)
    return differences


@pytest.mark.parametrize("round_trip", [False, True])
def test_values_go_on_under_the_other_name(live: LiveShards, tmp_path: Path, round_trip: bool) -> None:
    draw = random.Random(fresh_seed())
    before = versions(tmp_path / "a", dict.fromkeys(FOLDED, 1), dict.fromkeys(FOLDED, (2, 3)))
    shard = live.shard(before)
    live.take(shard, orders(0, 60))
    assert mistakes(shard.refill().rows, before, 60) == []

    promoted = {name: draw.choice((1, 2, 3)) for name in FOLDED}
    others = {name: tuple(n for n in (1, 2, 3) if n != promoted[name] and draw.random() < 0.5) for name in FOLDED}
    after = versions(tmp_path / "b", promoted, others)
    going = live.shard(after, shard.snapshot())
    assert mistakes(going.wake().rows, after, 60) == [], (promoted, others)
    live.take(going, orders(60, 40))
    assert mistakes(going.refill().rows, after, 100) == [], (promoted, others)

    if round_trip:
        candidates = {name: (promoted[name],) if promoted[name] != 1 and 1 in others[name] else () for name in FOLDED}
        back = versions(tmp_path / "c", {n: 1 if candidates[n] else promoted[n] for n in FOLDED}, candidates)
        again = live.shard(back, going.snapshot())
        assert mistakes(again.wake().rows, back, 100) == [], (promoted, others)


def test_another_version_never_takes_state(live: LiveShards, tmp_path: Path) -> None:
    """A candidate that did not exist before counts from the restart, even under a name that existed."""
    before = versions(tmp_path / "a", {"spend": 1, "n": 1}, {"spend": (2,), "n": ()})
    shard = live.shard(before)
    live.take(shard, orders(0, 30))
    after = versions(tmp_path / "b", {"spend": 3, "n": 1}, {"spend": (), "n": ()})
    since = live.shard(after, shard.snapshot(), begun=BEGUN).logic.tiles.layout.since
    assert since == {"spend": BEGUN, "n": 0}
