"""Tests that dataflow, simulator and brute force agree on random definitions over random streams.

HEADRACE_TEST_SEEDS sets the number of seeds of most properties; a failure prints its own.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from bytewax.errors import BytewaxRuntimeError

from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions
from dataflows.state import snapshots
from dataflows.state.deltas import Array, BlockDelta, put
from dataflows.windows.clocks import WallClock, Watermark, mark_of
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.runs import Crash, CrashError, lived, replayed
from tests.support.dataflow.shards.incremental_snapshots import keep_in_increments
from tests.support.dataflow.shards.shard import Row, Shard
from tests.support.generators.random_streams import by_source
from tests.support.generators.seeds import seeds, some
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.event_facts import Arrival
from tests.support.oracle.scenarios import (
    World,
    by_entity,
    complaints,
    live_at,
    newest,
    partitions,
    steady,
    world,
    wrong,
)
from tests.support.oracle.simulator import NEVER, Simulator
from tests.support.oracle.simulator import Row as ExpectedRow

pytestmark = pytest.mark.long

LAG_MS = 30_000
MARKS = [mark_of("orders", "0"), mark_of("logins", "0")]


def assert_same_rows(
    definitions: Definitions, entity_id: str, expected: Sequence[ExpectedRow], rows: Sequence[Row]
) -> None:
    """Checks the same rows for every entity, in the same order."""
    features = definitions.of_entity(entity_id)
    wanted, got = by_entity(row for row in expected if row.entity_id == entity_id), by_entity(rows)
    for entity in wanted.keys() | got.keys():
        pairs = [(row.as_of, row.gone) for row in wanted[entity]]
        assert [(row.as_of, row.gone) for row in got[entity]] == pairs, (entity_id, entity)
        for want, row in zip(wanted[entity], got[entity], strict=True):
            assert wrong(features, want.values, row.values) == [], (entity_id, entity, row.as_of)


def assert_same_batch(shard: Shard, simulator: Simulator, batch: Sequence[Arrival], clock: int) -> None:
    """Checks that one batch and the clock after it leave the same rows and the same late events."""
    before = len(simulator.late)
    expected = [*simulator.apply(batch), *simulator.advance(clock)]
    took = shard.take(batch[0][0], [event for _, event in batch])
    assert_same_rows(shard.definitions, shard.entity_id, expected, took.rows)
    late = [late.arrival[1] for late in simulator.late[before:] if late.entity_id == shard.entity_id]
    assert took.late == late


@pytest.mark.parametrize("entity_id", ["user_id", "item_id"])
@pytest.mark.parametrize("seed", seeds())
def test_a_replayed_shard_leaves_the_rows_of_the_simulator(tmp_path: Path, seed: int, entity_id: str) -> None:
    """Batch by batch, by the event time both sources have reached: every row, every value, every late event."""
    made = world(seed, tmp_path, rows=250, mean_rows=30)
    shard = Shard(made.definitions, entity_id, lambda marks: Watermark(MARKS, marks))
    simulator, marks = Simulator(made.definitions, clock=NEVER), dict.fromkeys(MARKS, NEVER)
    for batch in made.batches:
        mark = mark_of(batch[0][0], "0")
        marks[mark] = max(marks[mark], newest(batch))
        assert_same_batch(shard, simulator, batch, min(marks.values()))


@pytest.mark.parametrize("entity_id", ["user_id", "item_id"])
@pytest.mark.parametrize("seed", seeds())
def test_a_live_shard_leaves_the_rows_of_the_simulator(tmp_path: Path, seed: int, entity_id: str) -> None:
    """The same by a wall clock somewhat behind the newest event."""
    made, now = world(seed, tmp_path, rows=250, mean_rows=30), [0]
    shard = Shard(made.definitions, entity_id, lambda marks: WallClock(lambda: now[0], marks))
    simulator = Simulator(made.definitions, clock=NEVER)
    for batch in made.batches:
        now[0] = simulator.clock = max(now[0], newest(batch) - LAG_MS)
        assert_same_batch(shard, simulator, batch, now[0])


@pytest.mark.parametrize("seed", seeds(6))
def test_rows_are_the_value_at_any_later_time(tmp_path: Path, seed: int) -> None:
    """The clock advances to random times: remaining rows equal brute force, and no others are kept."""
    made, now = world(seed, tmp_path, rows=300, mean_rows=100), [0]
    oracle = Oracle(made.definitions, by_source(made.arrivals))
    later = sorted(int(made.rng.integers(1, 3 * 86_400_000)) for _ in range(4))
    for entity_id in made.definitions.entity_ids:
        now[0] = 0
        shard = Shard(made.definitions, entity_id, lambda marks: WallClock(lambda: now[0], marks))
        for batch in made.batches:
            shard.take(batch[0][0], [event for _, event in batch])
        for time in (made.newest + 1 + away for away in later):
            now[0] = time
            shard.notify()
            assert_stands(oracle, entity_id, shard.refill().rows, time)


def assert_stands(oracle: Oracle, entity_id: str, rows: Sequence[Row], time: int) -> None:
    """Checks that steady features have their value at `time`, all others at `as_of`; exactly live entities have
    rows."""
    features = oracle.definitions.of_entity(entity_id)
    assert sorted(row.entity for row in rows) == sorted(live_at(oracle, entity_id, time))
    assert max((row.as_of for row in rows), default=0) <= time
    now = oracle.values_at(entity_id, [(row.entity, time) for row in rows])
    then = oracle.values_at(entity_id, [(row.entity, row.as_of) for row in rows])
    for row, expected, at_row in zip(rows, now, then, strict=True):
        assert wrong(steady(features), expected, row.values) == [], (entity_id, row.entity, time)
        assert wrong(features, at_row, row.values) == [], (entity_id, row.entity, row.as_of)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", seeds(6))
def test_a_replay_leaves_the_values_of_brute_force(tmp_path: Path, seed: int, workers: int) -> None:
    """The whole dataflow over two partitions per source: each newest row is right, nothing else is left."""
    made = world(seed, tmp_path, rows=400, mean_rows=30)
    left = replayed(made.definitions, partitions(made, 2), workers=workers)
    assert complaints(made, left, made.newest) == []
    assert len(left.newest()) > 3
    assert stored(left) == {key: (row.as_of, row.seq) for key, row in left.newest().items()}


def stored(left: Left) -> dict[tuple[str, str], tuple[int, int]]:
    """Returns (as_of, seq) of every entity in the online store, by (entity_id, entity)."""
    rows = {}
    for key, fields in left.hashes().items():
        _, entity_type, entity = key.split(":", 2)
        rows[f"{entity_type}_id", entity] = int(fields["_as_of"]), int(fields["_seq"])
    return rows


@pytest.mark.parametrize("seed", seeds(6))
def test_live_and_replay_agree(tmp_path: Path, seed: int) -> None:
    """Two runs of the whole dataflow by their own clocks, both right by brute force at the same time."""
    made = world(seed, tmp_path, rows=300, mean_rows=60)
    partition = partitions(made, 1)
    live, replay = lived(made.definitions, partition), replayed(made.definitions, partition)
    assert complaints(made, replay, made.newest) == []
    assert complaints(made, live, made.newest) == []


def orders_only(made: World) -> World:
    """Returns the same with one source: a run over it repeats exactly."""
    features = tuple(f for f in made.definitions.features if f.source == "orders")
    definitions = Definitions({"orders": made.definitions.sources["orders"]}, features)
    return World(definitions, [batch for batch in made.batches if batch[0][0] == "orders"], made.rng)


@pytest.fixture(params=["whole", "in increments"])
def snapshot_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sets how shards are saved: these are small, so they would be saved whole."""
    resumed: list[Array] = []

    def counted(array: Array, shape: Sequence[int], change: BlockDelta) -> Array:
        resumed.append(array)
        return put(array, shape, change)

    if request.param == "in increments":
        keep_in_increments(monkeypatch)
        monkeypatch.setattr(snapshots, "put", counted)
    yield
    assert bool(resumed) == (request.param == "in increments")


@pytest.mark.parametrize("seed", seeds(3))
def test_a_crash_at_any_batch_changes_nothing(tmp_path: Path, seed: int, snapshot_mode: None) -> None:
    """After crash and resume: the same rows in the end, and no row goes back within a run."""
    made = orders_only(world(seed, tmp_path, rows=200, mean_rows=20))
    batches = [raw_batch("0", [event for _, event in batch]) for batch in made.batches]
    whole = replayed(made.definitions, {"orders": [batches]})
    for number in some(range(len(batches)), at_least=3):
        left = crashed(made.definitions, batches, number, tmp_path / f"recovery-{number}")
        assert without_run(left) == without_run(whole), f"crash at batch {number}"
        assert left.hashes() == whole.hashes(), f"crash at batch {number}"
        assert steps_back(left) == []


def crashed(definitions: Definitions, batches: Sequence[RawBatch], at: int, recovery: Path) -> Left:
    """Returns the output of two runs, of which the first ends before the batch `at`."""
    left, crash = Left(definitions), Crash(at)
    with pytest.raises(BytewaxRuntimeError) as raised:
        replayed(definitions, {"orders": [batches]}, crash=crash, recovery=recovery, left=left)
    assert isinstance(raised.value.__cause__, CrashError)
    return replayed(definitions, {"orders": [batches]}, crash=crash, recovery=recovery, left=left)


def without_run(left: Left) -> dict[tuple[str, str], tuple[object, ...]]:
    """Returns the newest rows, whichever run wrote them."""
    return {key: (row.as_of, row.seq, row.gone, row.warming, row.values) for key, row in left.newest().items()}


def steps_back(left: Left) -> list[tuple[str, int, int]]:
    """Returns (entity, as_of, next as_of) where a row of a run follows a newer one."""
    order: dict[tuple[int, str, str], list[tuple[int, int, bool]]] = {}
    for row in left.records:
        order.setdefault((row.run, row.entity_id, row.entity), []).append((row.as_of, row.seq, row.gone))
    return [
        (key[2], before[0], after[0])
        for key, rows in order.items()
        for before, after in pairwise(rows)
        if after[0] < before[0] or (after[:2] < before[:2] and not before[2])
    ]
