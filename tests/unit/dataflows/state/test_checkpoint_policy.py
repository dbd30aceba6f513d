"""Tests checkpoints of a shard: increments on bases restore the same state as full snapshots, and are far smaller."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from dataflows.compiler.program import TileLayouts
from dataflows.definitions.loader import Definitions
from dataflows.state import base_snapshots
from dataflows.state.base_snapshots import BaseSnapshot, BaseSnapshots
from dataflows.state.checkpoint_policy import CheckpointPolicy
from dataflows.state.snapshots import BaseMissing, SnapshotDamaged, base_of
from dataflows.windows.deferred_restore import DeferredRestore
from dataflows.windows.operator import WindowOperator
from tests.support.clock import FakeClock
from tests.support.dataflow.runs import replayed
from tests.support.dataflow.shards.incremental_snapshots import keep_in_increments
from tests.support.dataflow.shards.shard import Row, Shard
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import seeds
from tests.support.oracle.event_facts import Event
from tests.support.oracle.scenarios import partitions, world

N = {"source": "orders", "window": "lifetime", "aggregation": "count", "value_type": "INT64"}
S = {"source": "orders", "window": "10m", "hop": "1m", "aggregation": "sum", "value": "amount", "value_type": "DOUBLE"}
ORDER = {"event_type": "payment_success", "category": "books", "amount": 1.0}


class Kept:
    """A shard of a user with its content in a recovery store: its snapshot, and its base if it has one."""

    def __init__(self, clock: FakeClock, definitions: Definitions) -> None:
        self.clock, self.definitions = clock, definitions
        self.shard = self._made(None, {})
        self.bases: list[BaseSnapshot] = []

    def take(self, source: str, events: Sequence[Event]) -> list[Row]:
        """Returns the rows of these events; keeps a base as the step behind the shard does."""
        rows = self.shard.take(source, events).rows
        self.bases += self.shard.made
        self.shard.made.clear()
        return rows

    def snapshot(self) -> bytes:
        """Returns the shard as bytes."""
        return self.shard.snapshot()

    def resumed(self, snapshot: bytes) -> Shard:
        """Returns another shard from the snapshot and the base."""
        return self._made(snapshot, {base.name: base.snapshot for base in self.bases[-1:]})

    def _made(self, snapshot: bytes | None, loaded: dict[bytes, bytes]) -> Shard:
        return Shard(self.definitions, "user_id", self.clock.wall, snapshot, loaded=loaded)


def windows(clock: FakeClock, definitions: Definitions, base: BaseSnapshot | None = None) -> WindowOperator:
    """Returns the operator of shards of users, with or without a base at hand."""
    layouts, shared = TileLayouts(definitions.of_entity("user_id")), BaseSnapshots()
    shared.loaded |= {base.name: base.snapshot} if base else {}
    return WindowOperator("user_id", layouts, clock.wall, 1, 0, shared)


@pytest.fixture
def eager(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives even the smallest shard a base, and a new one as soon as it pays."""
    keep_in_increments(monkeypatch)
    clock.ms = 0
    yield


def entity(row: Row) -> str:
    """Returns the entity of a row."""
    return row.entity


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds())
def test_a_shard_goes_on_from_its_increments(clock: FakeClock, tmp_path: Path, seed: int, eager: None) -> None:
    """At any batch of random definitions and streams: the same rows with and without a restart."""
    made = world(seed, tmp_path, rows=300, mean_rows=15)
    going, without = Kept(clock, made.definitions), Kept(clock, made.definitions)
    snapshots = []
    for batch in made.batches:
        events = [event for _, event in batch]
        clock.ms = max(clock.ms, *(int(str(event["timestamp"])) for event in events))
        expected = without.take(batch[0][0], events)
        assert going.take(batch[0][0], events) == expected
        snapshots.append(going.snapshot())
        again = going.resumed(snapshots[-1])
        assert sorted(again.refill().rows, key=entity) == sorted(without.shard.refill().rows, key=entity)
        if seed % 2 and len(snapshots) % 4 == 0:
            going.shard = going.resumed(snapshots[-1])
    increments = sum(base_of(snapshot) is not None for snapshot in snapshots)
    assert increments > len(snapshots) / 2, seed
    assert len(going.bases) > 1, seed


def many(clock: FakeClock, definitions: Definitions, users: int) -> Kept:
    """Returns a shard of many users with a base, some calm snapshots later."""
    shard = Kept(clock, definitions)
    shard.take("orders", some(range(users), 1_000))
    for _ in range(3):
        shard.snapshot()
        shard.take("orders", some([5], 2_000))
    assert len(shard.bases) == 1
    return shard


def some(users: Iterable[int], timestamp: int = 3_000) -> list[Event]:
    """Returns an order of each user."""
    return [{**ORDER, "user_id": f"user {n}", "timestamp": timestamp} for n in users]


def test_an_increment_is_what_was_touched(clock: FakeClock, tmp_path: Path) -> None:
    """Ten of twenty thousand users: a hundredth of the whole."""
    clock.ms = 60_000
    shard = many(clock, by_hand(tmp_path, n=N, s=S), 20_000)
    shard.take("orders", some(range(0, 20_000, 2_000)))
    increment = shard.snapshot()
    assert base_of(increment) == shard.bases[0].name
    assert len(increment) < len(shard.bases[0].snapshot) / 100
    counts = {row.entity: row.values["n"] for row in shard.resumed(increment).refill().rows}
    assert (len(counts), counts["user 2000"], counts["user 2001"]) == (20_000, 2, 1)


def test_a_base_is_renewed_when_the_increments_have_come_to_its_size(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During heavy change there are none, because a base is as cheap. Pauses, which are in real time, delay no base."""
    monkeypatch.setattr(base_snapshots, "PAUSE", 0)
    clock.ms = 60_000
    shard, rng = many(clock, by_hand(tmp_path, n=N, s=S), 20_000), np.random.default_rng(1)
    rounds = 0
    while len(shard.bases) == 1:
        shard.take("orders", some(rng.choice(20_000, 300, replace=False).tolist()))
        assert base_of(shard.snapshot()) == shard.bases[0].name
        shard.take("orders", some([1]))
        rounds += 1
    assert 3 < rounds < 30
    shard.take("orders", some(range(20_000)))
    assert base_of(shard.snapshot()) is None


def test_bases_take_a_tenth_of_the_time(clock: FakeClock, tmp_path: Path) -> None:
    """Of all shards that are due, one makes its base, and the others wait."""
    clock.ms, shared = 60_000, BaseSnapshots()
    tiles = many(clock, by_hand(tmp_path, n=N, s=S), 20_000).shard.logic.tiles
    shards = [CheckpointPolicy(shared, None) for _ in range(3)]
    for shard in shards * 2:
        assert base_of(shard.snapshot(tiles, {})) is None
    assert [shard.base(tiles) is not None for shard in shards] == [True, False, False]
    shared.record_duration(0.0)
    assert [shard.base(tiles) is not None for shard in shards] == [False, True, False]


def test_entity_types_take_turns_too(tmp_path: Path, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the whole dataflow one shard makes a base if the next is not due for years."""
    made, durations = world(3, tmp_path, rows=200, mean_rows=20), list[float]()
    plain = BaseSnapshots.record_duration

    def counted(self: BaseSnapshots, seconds: float) -> None:
        durations.append(seconds)
        plain(self, seconds)

    monkeypatch.setattr(BaseSnapshots, "record_duration", counted)
    monkeypatch.setattr(base_snapshots, "PAUSE", 1e12)
    assert len(made.definitions.entity_ids) > 1
    replayed(made.definitions, partitions(made, 1), recovery=tmp_path / "recovery")
    assert len(durations) == 1


def test_an_increment_without_its_base_is_refused(clock: FakeClock, tmp_path: Path, eager: None) -> None:
    """The same holds for one on another shard's base."""
    clock.ms = 60_000
    shard, other = many(clock, by_hand(tmp_path, n=N), 300), many(clock, by_hand(tmp_path, n=N), 400)
    shard.take("orders", some([7]))
    increment, (base,) = shard.snapshot(), shard.bases
    with pytest.raises(BaseMissing):
        windows(clock, shard.definitions, other.bases[0])(increment)
    with pytest.raises(SnapshotDamaged, match="does not match its base"):
        windows(clock, shard.definitions, BaseSnapshot(base.name, other.bases[0].snapshot))(increment)


def test_a_shard_waits_for_its_base(clock: FakeClock, tmp_path: Path, eager: None) -> None:
    """Input that arrives in the meantime is applied as soon as the base is there, in order."""
    clock.ms = 60_000
    shard = many(clock, by_hand(tmp_path, n=N), 300)
    made, (base,) = windows(clock, shard.definitions), shard.bases
    logic = DeferredRestore(made, shard.snapshot())
    assert logic.on_batch([shard.shard.batch("orders", some([7]))]) == ([], False)
    assert logic.notify_at() is not None
    assert logic.on_notify() == ([], False)
    with pytest.raises(SnapshotDamaged, match="missing"):
        logic.snapshot()
    made.bases.loaded[base.name] = base.snapshot
    assert len([*logic.on_notify()[0]]) == 1
    assert (logic.notify_at(), made.bases.loaded) == (None, {})
    assert base_of(logic.snapshot()) == base.name


def test_of_two_bases_the_newest_is_kept() -> None:
    """In the store, and also in memory if the older one was never used."""
    shared, (older, newer) = BaseSnapshots(), (BaseSnapshot(bytes([n]) * 16, b"shard") for n in (1, 2))
    first = shared.keeper(None)
    assert first.on_batch([older]) == ([], False)
    resumed = shared.keeper(first.snapshot())
    assert (shared.loaded, resumed.snapshot()) == ({older.name: b"shard"}, first.snapshot())
    resumed.on_batch([newer])
    assert shared.loaded == {}
    shared.keeper(resumed.snapshot())
    assert shared.loaded == {newer.name: b"shard"}
