"""Tests a restart under other definitions: what continues, what restarts and warms up, what is gone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.dataflow.shards.live_shard import (
    BASE,
    BEGUN,
    SET,
    TEN,
    LiveShards,
    Specs,
    changed,
    defined,
    orders,
    without,
)
from tests.support.dataflow.shards.shard import Shard
from tests.support.factories.definitions import MINUTE
from tests.support.generators.seeds import some
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.event_facts import Event
from tests.support.oracle.scenarios import wrong

PAID = {"spend", "part"}


def touched(
    live: LiveShards, into: Shard, events: Sequence[Event], names: set[str]
) -> list[tuple[str, int, dict[str, object]]]:
    """Returns (entity, as_of, values of some features) of the row that each event leaves, one event at a time."""
    rows = [next(row for row in live.take(into, [event]) if row.entity == event["user_id"]) for event in events]
    return [(row.entity, row.as_of, {name: row.values[name] for name in sorted(names)}) for row in rows]


CHANGES: dict[str, tuple[Specs, set[str]]] = {
    "nothing": (BASE, set()),
    "owner": (changed("spend", owner="other@example.com", description="Other", tags=[]), set()),
    "remove": (without("spend", "part"), PAID),
    "remove derived": (without("part"), {"part"}),
    "remove what shares words": (without("each"), {"each"}),
    "remove a whole table": (without("ever"), {"ever"}),
    "add": ({**BASE, "most": {**TEN, "aggregation": "max", "value": "amount", "value_type": "DOUBLE"}}, {"most"}),
    "add a table": ({**BASE, "long": {**BASE["n"], "window": "40m", "hop": "2m"}}, {"long"}),
    "add a set": ({**BASE, "ids": {**BASE["kinds"], "value": "country"}}, {"ids"}),
    "bump": (changed("spend", version=2), PAID),
    "bump a set": (changed("kinds", version=2), {"kinds"}),
    "bump all": ({n: {**f, "version": 2} for n, f in BASE.items()}, set(BASE)),
    "rename": ({**without("kinds"), "sorts": BASE["kinds"]}, {"sorts"}),
    "window": (changed("n", window="20m"), {"n", "part"}),
    "hop": (changed("n", hop="2m"), {"n", "part"}),
    "filter": (changed("n", filter="amount > 3"), {"n", "part"}),
    "asked": (changed("middle", quantile=0.9), {"middle"}),
    "type": (changed("n", value_type="DOUBLE"), {"n", "part"}),
}


@pytest.mark.long
@pytest.mark.parametrize("change", some(list(CHANGES), 2))
def test_after_a_change_the_unchanged_go_on_and_the_new_start_empty(
    live: LiveShards, tmp_path: Path, change: str
) -> None:
    """New and changed features count only events after the restart; all others are unaffected."""
    specs, new = CHANGES[change]
    before, after = defined(tmp_path, BASE), defined(tmp_path, specs)
    going, first, second = live.shard(before), orders(0, 25), orders(25, 40)
    live.take(going, first)
    resumed = live.shard(after, going.snapshot())
    resumed.wake()
    unchanged = (set(BASE) & set(specs)) - new
    assert touched(live, resumed, second, unchanged) == touched(live, going, second, unchanged)
    late = Oracle(after, {"orders": second})
    fresh = [f for f in after.of_entity("user_id") if f.feature_name in new and not f.expression]
    for row in resumed.refill().rows:
        assert wrong(fresh, late.value_at("user_id", row.entity, row.as_of), row.values) == []


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_every_row_is_sent_once(live: LiveShards, tmp_path: Path, change: str) -> None:
    specs, _ = CHANGES[change]
    going = live.shard(defined(tmp_path, BASE))
    live.take(going, orders(0, 25))
    resumed = live.shard(defined(tmp_path, specs), going.snapshot())
    sent = resumed.wake().rows
    assert len(sent) == (0 if change in ("nothing", "owner") else 5)
    assert all(set(row.values) == set(specs) for row in sent)
    assert resumed.wake().rows == []


def test_a_feature_set_that_comes_and_changes_moves_no_state(live: LiveShards, tmp_path: Path) -> None:
    """Neither what a shard holds nor what it sends: only readers use a set."""
    going, first, second = live.shard(defined(tmp_path, BASE)), orders(0, 25), orders(25, 40)
    live.take(going, first)
    for features in (["n"], ["n", "spend"]):
        named = defined(tmp_path, BASE, {"set_name": "model", **SET, "features": features})
        assert named.feature_set("model").names == tuple(features)
        resumed = live.shard(named, going.snapshot())
        assert resumed.wake().rows == []
        assert resumed.snapshot() == going.snapshot()
    assert touched(live, resumed, second, set(BASE)) == touched(live, going, second, set(BASE))


def test_a_new_feature_is_warming_up_until_a_whole_window_has_passed(live: LiveShards, tmp_path: Path) -> None:
    """By the time of the row; a derived feature together with its inputs, a lifetime forever."""
    going = live.shard(defined(tmp_path, BASE))
    live.take(going, orders(0, 25))
    specs = {**changed("n", version=2), "ever": {**BASE["ever"], "version": 2}}
    resumed = live.shard(defined(tmp_path, specs), going.snapshot())
    whole = BEGUN + 11 * MINUTE
    for now, warming in ((BEGUN, ("ever", "n", "part")), (whole - 2, ("ever", "n", "part")), (whole - 1, ("ever",))):
        event = {**orders(25, 1)[0], "timestamp": now}
        assert {row.warming for row in live.take(resumed, [event])} == {warming}


def test_warming_goes_on_over_another_restart(live: LiveShards, tmp_path: Path) -> None:
    """A feature that was new in one run is no newer in the next."""
    going = live.shard(defined(tmp_path, BASE))
    live.take(going, orders(0, 25))
    other = defined(tmp_path, changed("n", version=2))
    resumed = live.shard(other, live.shard(other, going.snapshot(), begun=BEGUN).snapshot(), begun=BEGUN + 10 * MINUTE)
    assert resumed.wake().rows == []
    whole = BEGUN + 11 * MINUTE
    taken = live.take(resumed, [{**orders(25, 1)[0], "timestamp": whole}])
    assert {(row.as_of >= whole, row.warming) for row in taken} == {(False, ("n", "part")), (True, ())}


@pytest.mark.parametrize("name", ["n", "kinds", "newest", "middle", "about"])
def test_a_feature_that_was_away_starts_over(live: LiveShards, tmp_path: Path, name: str) -> None:
    """Removed in one run and defined again in the next, it counts no earlier events."""
    base = defined(tmp_path, BASE)
    going = live.shard(base)
    live.take(going, orders(0, 25))
    away = live.shard(defined(tmp_path, without(name, "part")), going.snapshot(), begun=BEGUN)
    away.wake()
    again = live.shard(base, away.snapshot(), begun=BEGUN + MINUTE)
    again.wake()
    feature = [f for f in base.features if f.feature_name == name]
    empty = Oracle(base, {"orders": []}).value_at("user_id", "u0", 0)
    for row in again.refill().rows:
        assert wrong(feature, empty, row.values) == []
        assert name in row.warming


def test_an_entity_of_a_removed_feature_is_gone(live: LiveShards, tmp_path: Path) -> None:
    """It is emitted, it leaves the state, and it may return."""
    refunds = {"refunds": {**BASE["n"], "filter": "event_type = 'refund'"}}
    going = live.shard(defined(tmp_path, {"n": BASE["n"]}))
    live.take(going, orders(0, 25))
    resumed = live.shard(defined(tmp_path, refunds), going.snapshot())
    assert {(row.entity, row.gone, row.values["refunds"]) for row in resumed.wake().rows} == {
        (f"u{i}", True, 0) for i in range(5)
    }
    assert (resumed.logic.tiles.entities, resumed.refill().rows) == (0, [])
    refund = {**orders(25, 1)[0], "event_type": "refund"}
    assert [(row.entity, row.gone, row.values["refunds"]) for row in live.take(resumed, [refund])] == [("u0", False, 1)]
