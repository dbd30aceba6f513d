"""Tests the cost of state against the words that a real shard uses: an upper bound, exact if every hop has events."""

from pathlib import Path

import pytest

from dataflows.compiler import state_cost
from dataflows.definitions import Definitions
from dataflows.kernels.offsets import CELL, CELLS, HEAP
from tests.support.dataflow.shards.live_shard import BASE, START, LiveShards, defined
from tests.support.dataflow.shards.shard import Shard
from tests.support.factories.definitions import MINUTE


def used(shard: Shard) -> tuple[int, int]:
    """Returns the used words of the heap, and the cells among them; the first word is never allocated."""
    meta = shard.logic.tiles.state.meta
    return int(meta[HEAP]), int(meta[CELLS])


def filled(definitions: Definitions, minutes: int) -> tuple[int, int]:
    """Returns the words of tiles and the cells of a user who orders every ten seconds."""
    live = LiveShards()
    shard = live.shard(definitions, begun=1)
    before, _ = used(shard)
    most = (0, 0)
    for minute in range(minutes):
        live.clock.ms = START + minute * MINUTE + 59_000
        shard.take("orders", [order(START + minute * MINUTE + second * 1_000) for second in range(0, 59, 10)])
        words, cells = used(shard)
        most = max(most, (words - before - cells * CELL, cells))
    return most


def order(time_ms: int) -> dict[str, object]:
    return {
        "event_type": "x",
        "user_id": "u1",
        "category": f"kind {time_ms // 1_000 % 7}",
        "amount": 1.0,
        "timestamp": time_ms,
    }


@pytest.mark.parametrize("name", [name for name, spec in BASE.items() if "aggregation" in spec])
def test_a_full_window_uses_what_its_cost_says(name: str, tmp_path: Path) -> None:
    made = defined(tmp_path, {name: BASE[name]})
    cost = state_cost(made.features[0])
    assert cost is not None
    words, cells = filled(made, 25)
    assert words * 8 == cost.bytes
    assert (cells > 0) == bool(cost.cell)


def test_a_derived_feature_costs_nothing(tmp_path: Path) -> None:
    made = defined(tmp_path, BASE)
    assert [feature.feature_name for feature in made.features if state_cost(feature) is None] == ["part"]
