"""Tests the simulator against rows computed by hand, and against brute force over random streams."""

from pathlib import Path

import numpy as np
import pytest

from dataflows.definitions.loader import Definitions
from tests.support.factories.definitions import by_hand
from tests.support.generators import random_streams
from tests.support.generators.seeds import seeds
from tests.support.oracle.brute_force import Oracle, same
from tests.support.oracle.event_facts import Arrival
from tests.support.oracle.simulator import Row, Simulator

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64"}
TEN = {**COUNT, "window": "10s", "hop": "5s"}


def arrival(time: int, user: str = "u1") -> Arrival:
    return "orders", {"event_type": "view", "user_id": user, "timestamp": time}


def brief(rows: list[Row]) -> list[tuple[str, int, object, bool]]:
    """Returns (entity, as_of, value of `n`, gone) of every row."""
    return [(row.entity, row.as_of, row.values["n"].value, row.gone) for row in rows]


def ten_seconds(folder: Path) -> Simulator:
    return Simulator(by_hand(folder, n=TEN), clock=0)


def test_a_batch_leaves_one_row_for_every_entity_it_touched(tmp_path: Path) -> None:
    rows = ten_seconds(tmp_path).apply([arrival(30), arrival(10, "u2"), arrival(20)])
    assert brief(rows) == [("u1", 31, 2, False), ("u2", 11, 1, False)]


def test_as_of_never_goes_back(tmp_path: Path) -> None:
    simulator = ten_seconds(tmp_path)
    simulator.apply([arrival(400)])
    assert brief(simulator.apply([arrival(100)])) == [("u1", 401, 2, False)]


def test_values_change_when_tiles_leave_down_to_gone(tmp_path: Path) -> None:
    """Tiles [0, 5000) and [5000, 10000) leave a window of ten seconds at 15,000 and 20,000."""
    simulator = ten_seconds(tmp_path)
    simulator.apply([arrival(1), arrival(2), arrival(5_000)])
    assert brief(simulator.advance(14_999)) == []
    assert brief(simulator.advance(30_000)) == [("u1", 15_000, 1, False), ("u1", 20_000, 0, True)]
    assert brief(simulator.advance(99_000)) == []


def test_an_event_first_passes_the_boundaries_before_it(tmp_path: Path) -> None:
    simulator = ten_seconds(tmp_path)
    simulator.apply([arrival(1), arrival(5_000)])
    rows = simulator.apply([arrival(15_000)])
    assert brief(rows) == [("u1", 15_000, 1, False), ("u1", 15_001, 2, False)]


def test_a_table_has_the_boundaries_of_all_its_windows(tmp_path: Path) -> None:
    """Two windows over one table of hop 5 s: a tile leaves at its end + 10 s and at its end + 15 s."""
    definitions = by_hand(tmp_path, n=TEN, long={**TEN, "window": "15s"})
    simulator = Simulator(definitions, clock=0)
    simulator.apply([arrival(0)])
    assert brief(simulator.advance(20_000)) == [("u1", 15_000, 0, False), ("u1", 20_000, 0, True)]
    assert Oracle(definitions, {"orders": [arrival(0)[1]]}).boundaries("user_id", "u1") == [15_000, 20_000]


def test_a_tile_stands_only_where_a_feature_took_the_event(tmp_path: Path) -> None:
    refunds = {**TEN, "window": "60s", "hop": "1s", "filter": "event_type = 'refund'"}
    simulator = Simulator(by_hand(tmp_path, n=TEN, refunds=refunds), clock=0)
    simulator.apply([arrival(0)])
    assert brief(simulator.advance(100_000)) == [("u1", 15_000, 0, True)]


def test_lifetime_never_leaves(tmp_path: Path) -> None:
    simulator = Simulator(by_hand(tmp_path, n={**COUNT, "window": "lifetime"}), clock=0)
    simulator.apply([arrival(0)])
    assert brief(simulator.advance(10**12)) == []
    assert brief(simulator.apply([arrival(5)])) == [("u1", 6, 2, False)]
    assert simulator.late == []


@pytest.mark.parametrize(("clock", "late"), [(14_999, 0), (15_000, 1)])
def test_an_event_is_late_when_its_tile_has_left_every_window(tmp_path: Path, clock: int, late: int) -> None:
    simulator = ten_seconds(tmp_path)
    simulator.advance(clock)
    rows = simulator.apply([arrival(4_999)])
    assert (len(simulator.late), len(rows)) == (late, 1 - late)


def test_an_event_is_late_against_the_row_of_its_entity(tmp_path: Path) -> None:
    """The clock is at 0, but u1 left a row at 15,001: its tile [0, 5000) is out, that of u2 is not."""
    simulator = ten_seconds(tmp_path)
    simulator.apply([arrival(15_000)])
    assert brief(simulator.apply([arrival(4_999), arrival(4_999, "u2")])) == [("u2", 5_000, 1, False)]
    assert [(late.entity, late.arrival) for late in simulator.late] == [("u1", arrival(4_999))]


def test_by_time_takes_a_batch_in_the_order_of_time(tmp_path: Path) -> None:
    batch = [arrival(20_000), arrival(4_999)]
    definitions = by_hand(tmp_path, n=TEN)
    in_order, sorted_first = Simulator(definitions, clock=0), Simulator(definitions, clock=0, by_time=True)
    assert brief(in_order.apply(batch)) == [("u1", 20_001, 1, False)]
    assert brief(sorted_first.apply(batch)) == [("u1", 15_000, 0, True), ("u1", 20_001, 1, False)]
    assert (len(in_order.late), len(sorted_first.late)) == (1, 0)


def test_a_forgotten_entity_starts_afresh(tmp_path: Path) -> None:
    simulator = ten_seconds(tmp_path)
    simulator.apply([arrival(0)])
    simulator.advance(15_000)
    assert brief(simulator.apply([arrival(14_000), arrival(16_000, "u2")])) == [
        ("u1", 15_000, 1, False),
        ("u2", 16_001, 1, False),
    ]


@pytest.mark.parametrize("seed", seeds(3))
@pytest.mark.parametrize("disorder_ms", [0, 60_000, None], ids=["ordered", "bounded", "wild"])
def test_the_newest_row_is_the_value_now(tmp_path: Path, seed: int, disorder_ms: int | None) -> None:
    """Once the clock has passed every event, brute force over all, including late ones, gives the newest rows."""
    print(f"{seed=} {disorder_ms=}")
    rng = np.random.default_rng(seed)
    definitions = random_streams.definitions(rng, tmp_path / "specs")
    arrivals = random_streams.stream(rng, 400, disorder_ms)
    simulator, clock = Simulator(definitions, clock=0), 0
    newest: dict[tuple[str, str], Row] = {}
    for batch in random_streams.batches(rng, arrivals, mean_rows=40):
        clock = max([clock, *(random_streams.stamp(event) + 1 for _, event in batch)])
        rows = [*simulator.apply(batch), *simulator.advance(clock)]
        newest.update({(row.entity_id, row.entity): row for row in rows})
    oracle = Oracle(definitions, random_streams.by_source(arrivals))
    assert disagreements(definitions, oracle, newest, clock) == {}
    assert len(newest) > 10


def disagreements(
    definitions: Definitions, oracle: Oracle, newest: dict[tuple[str, str], Row], clock: int
) -> dict[tuple[str, str], list[str]]:
    """Returns features whose newest row differs from their value at `clock`; without a row it must be the empty
    value."""
    rows = {}
    for entity_id in definitions.entity_ids:
        steady = [f for f in definitions.of_entity(entity_id) if "since" not in f"{f.aggregation} {f.expression}"]
        types = {f.feature_name: f.value_type for f in steady}
        nothing = Row(entity_id, "", clock, oracle.value_at(entity_id, "nobody", clock))
        for entity in oracle.entities(entity_id):
            row, now = newest.get((entity_id, entity), nothing), oracle.value_at(entity_id, entity, clock)
            rows[entity_id, entity] = [n for n, t in types.items() if not same(now[n], row.values[n].value, t)]
    return {key: names for key, names in rows.items() if names}
