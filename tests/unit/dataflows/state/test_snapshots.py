"""Tests snapshots: a shard continues from one unchanged; a damaged one is refused; compaction forgets."""

from pathlib import Path

import numpy as np
import pytest

from dataflows.kernels import offsets
from dataflows.state import migration
from dataflows.state.snapshots import SnapshotDamaged
from tests.support.dataflow.shards.live_shard import BASE, LiveShards, defined, entity, orders, without
from tests.support.generators.seeds import seeds
from tests.support.oracle.scenarios import world


@pytest.mark.parametrize("seed", seeds(6))
def test_a_shard_goes_on_from_its_snapshot(live: LiveShards, tmp_path: Path, seed: int) -> None:
    """The same rows follow the snapshot, whichever batch it was taken at, as without it."""
    made = world(seed, tmp_path, rows=200, mean_rows=20)
    live.clock.ms = 0
    going, again = live.shard(made.definitions), live.shard(made.definitions)
    for batch in made.batches:
        again = live.shard(made.definitions, again.snapshot())
        events = [event for _, event in batch]
        live.clock.ms = max(live.clock.ms, *(int(str(event["timestamp"])) for event in events))
        assert again.take(batch[0][0], events) == going.take(batch[0][0], events)
    assert again.wake().rows == []
    assert sorted(again.refill().rows, key=entity) == sorted(going.refill().rows, key=entity)


@pytest.mark.parametrize("seed", seeds(4))
def test_a_damaged_snapshot_is_refused(live: LiveShards, tmp_path: Path, seed: int) -> None:
    """One bit, anywhere."""
    definitions, rng = defined(tmp_path, BASE), np.random.default_rng(seed)
    going = live.shard(definitions)
    live.take(going, orders(0, 60))
    whole = going.snapshot()
    places_to_hit = [*range(40), *rng.integers(len(whole), size=60).tolist()]
    for place in places_to_hit:
        bit = 1 << int(rng.integers(8))
        damaged = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
        with pytest.raises(SnapshotDamaged):
            live.shard(definitions, damaged)


@pytest.mark.parametrize("cut", [0, 5, 20, 31, 32, 200, -1])
def test_a_short_snapshot_is_refused(live: LiveShards, tmp_path: Path, cut: int) -> None:
    definitions = defined(tmp_path, BASE)
    with pytest.raises(SnapshotDamaged):
        live.shard(definitions, live.shard(definitions).snapshot()[:cut])


def test_a_snapshot_is_not_changed_by_what_comes_after(live: LiveShards, tmp_path: Path) -> None:
    definitions = defined(tmp_path, BASE)
    going = live.shard(definitions)
    live.take(going, orders(0, 25))
    snapshot = going.snapshot()
    copy = bytes(snapshot)
    live.take(going, orders(25, 50))
    assert snapshot == copy
    assert sorted(live.shard(definitions, snapshot).refill().rows, key=entity)[0].seq == 5


def test_compaction_keeps_values_and_forgets_texts(
    live: LiveShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand categories pass; those in no window are dropped, the rows stay."""
    definitions = defined(tmp_path, without("about"))
    compacting, plain = live.shard(definitions), live.shard(definitions)
    monkeypatch.setattr(migration, "_WORTH_IT", 50)
    for first in range(0, 3_000, 50):
        events = [{**e, "category": f"category {first + i}"} for i, e in enumerate(orders(first, 50))]
        rows = live.take(compacting, events)
        assert rows == live.take(plain, events)
        compacting.snapshot()
    meta = compacting.logic.tiles.state.meta
    assert int(plain.logic.tiles.state.meta[offsets.TEXTS]) == 3_000
    assert int(meta[offsets.TEXTS]) < 400
    assert compacting.logic.tiles.size < plain.logic.tiles.size / 3
    assert sorted(compacting.refill().rows, key=entity) == sorted(plain.refill().rows, key=entity)


def test_compaction_forgets_the_ids_of_entities_that_left(
    live: LiveShards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = defined(tmp_path, {"n": BASE["n"]})
    going = live.shard(definitions)
    monkeypatch.setattr(migration, "_WORTH_IT", 50)
    for first in range(0, 3_000, 50):
        live.take(going, [{**e, "user_id": f"user {first + i}"} for i, e in enumerate(orders(first, 50))])
        going.notify()
        going.snapshot()
    assert going.logic.tiles.entities < 120
    assert int(going.logic.tiles.state.meta[offsets.BYTES]) < 5_000
