"""Tests snapshots of an earlier Headrace: their state continues as if it had been saved today."""

from pathlib import Path

import pytest

from dataflows.state.snapshots import BaseMissing, SnapshotDamaged, base_of
from tests.support.dataflow.shards.live_shard import LiveShards, defined, entity
from tests.support.dataflow.shards.shard import Shard
from tests.support.factories import earlier_snapshots
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.scenarios import wrong


def resumed(live: LiveShards, folder: Path, name: str, events: int) -> Shard:
    """Returns a shard from an earlier snapshot that was taken after some orders."""
    snapshot, base = earlier_snapshots.kept(name), earlier_snapshots.kept("base")
    live.clock.ms = int(str(earlier_snapshots.sold(0, events)[-1]["timestamp"]))
    loaded = {key: base for key in [base_of(snapshot)] if key}
    return Shard(defined(folder, earlier_snapshots.SPECS), "user_id", live.clock.wall, snapshot, loaded=loaded)


@pytest.mark.parametrize(("name", "events"), [("whole", 60), ("increment", 90)])
def test_a_shard_goes_on_from_an_earlier_snapshot(live: LiveShards, tmp_path: Path, name: str, events: int) -> None:
    """Every value covers all orders, before and after the snapshot; nothing is warming up."""
    going = resumed(live, tmp_path, name, events)
    going.wake()
    for known in (events, events + 25, events + 50):
        if known > events:
            live.take(going, earlier_snapshots.sold(known - 25, 25))
        rows, oracle = going.refill().rows, Oracle(going.definitions, {"orders": earlier_snapshots.sold(0, known)})
        assert len(rows) == 5
        for row in rows:
            expected = oracle.value_at("user_id", row.entity, row.as_of)
            assert wrong(going.definitions.features, expected, row.values) == [], known
            assert row.warming == ()


def test_after_an_earlier_snapshot_every_row_is_sent_once(live: LiveShards, tmp_path: Path) -> None:
    going = resumed(live, tmp_path, "whole", 60)
    assert len(going.wake().rows) == 5
    again = live.shard(going.definitions, going.snapshot())
    assert again.wake().rows == []
    assert sorted(again.refill().rows, key=entity) == sorted(going.refill().rows, key=entity)


def test_an_earlier_increment_needs_its_base(live: LiveShards, tmp_path: Path) -> None:
    with pytest.raises(BaseMissing):
        Shard(
            defined(tmp_path, earlier_snapshots.SPECS), "user_id", live.clock.wall, earlier_snapshots.kept("increment")
        )


def test_a_later_snapshot_is_refused(live: LiveShards, tmp_path: Path) -> None:
    going = resumed(live, tmp_path, "whole", 60)
    snapshot = bytearray(going.snapshot())
    snapshot[8] += 1
    with pytest.raises(SnapshotDamaged, match=r"snapshot version 4; this release reads 2 and 3"):
        live.shard(going.definitions, bytes(snapshot))
