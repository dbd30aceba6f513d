"""Snapshots: what goes on after a restart, what starts over when definitions change, what is refused."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from dataflows import moves
from dataflows.clocks import WallClock
from dataflows.kernels import places
from dataflows.snapshots import SnapshotDamaged
from dataflows.spec import Definitions
from tests.definitions import MINUTE, by_hand
from tests.facts import Event
from tests.oracle import Oracle
from tests.shard import Row, Shard
from tests.worlds import world, wrong

START = 1_767_225_600_000
BEGUN = START + 5 * MINUTE
NOW = [START]
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
PAID = {"spend", "part"}

folders = count()


def defined(folder: Path, specs: Specs) -> Definitions:
    """Definitions of these features."""
    return by_hand(folder / f"specs-{next(folders)}", **specs)


def without(*names: str) -> Specs:
    """The features without some of them."""
    return {name: feature for name, feature in BASE.items() if name not in names}


def changed(name: str, **keys: object) -> Specs:
    """The features with one of them changed."""
    return {**BASE, name: {**BASE[name], **keys}}


def shard(definitions: Definitions, snapshot: bytes | None = None, begun: int = BEGUN) -> Shard:
    """A live shard, begun anew or from a snapshot, by the clock NOW."""
    return Shard(definitions, "user_id", lambda marks: WallClock(lambda: NOW[0], marks), snapshot, begun)


def orders(first: int, many: int, users: int = 5) -> list[Event]:
    """An order every ten seconds, from the `first` on."""
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


def take(into: Shard, events: Sequence[Event]) -> list[Row]:
    """The rows these events leave; the clock stands at the last of them."""
    NOW[0] = int(str(events[-1]["timestamp"]))
    return into.take("orders", events).rows


def touched(into: Shard, events: Sequence[Event], names: set[str]) -> list[tuple[str, int, dict[str, object]]]:
    """(entity, as_of, values of some features) of the row that each event leaves, one event at a time."""
    rows = [next(row for row in take(into, [event]) if row.entity == event["user_id"]) for event in events]
    return [(row.entity, row.as_of, {name: row.values[name] for name in sorted(names)}) for row in rows]


@pytest.mark.parametrize("seed", range(6))
def test_a_shard_goes_on_from_its_snapshot(tmp_path: Path, seed: int) -> None:
    """The same rows after the snapshot, whichever batch it was taken at, as without it."""
    made = world(seed, tmp_path, rows=200, mean_rows=20)
    NOW[0] = 0
    going, again = shard(made.definitions), shard(made.definitions)
    for batch in made.batches:
        again = shard(made.definitions, again.snapshot())
        events = [event for _, event in batch]
        NOW[0] = max(NOW[0], *(int(str(event["timestamp"])) for event in events))
        assert again.take(batch[0][0], events) == going.take(batch[0][0], events)
    assert again.wake().rows == []
    assert sorted(again.refill().rows, key=entity) == sorted(going.refill().rows, key=entity)


def entity(row: Row) -> str:
    """The entity of a row."""
    return row.entity


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


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_the_unchanged_go_on_and_the_new_start_empty(tmp_path: Path, change: str) -> None:
    """New and changed features count only what came after the restart; all others are as without it."""
    specs, new = CHANGES[change]
    before, after = defined(tmp_path, BASE), defined(tmp_path, specs)
    going, first, second = shard(before), orders(0, 25), orders(25, 40)
    take(going, first)
    resumed = shard(after, going.snapshot())
    resumed.wake()
    kept = (set(BASE) & set(specs)) - new
    assert touched(resumed, second, kept) == touched(going, second, kept)
    late = Oracle(after, {"orders": second})
    fresh = [f for f in after.of_entity("user_id") if f.feature_name in new and not f.expression]
    for row in resumed.refill().rows:
        assert wrong(fresh, late.value_at("user_id", row.entity, row.as_of), row.values) == []


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_every_row_is_sent_once(tmp_path: Path, change: str) -> None:
    specs, _ = CHANGES[change]
    going = shard(defined(tmp_path, BASE))
    take(going, orders(0, 25))
    resumed = shard(defined(tmp_path, specs), going.snapshot())
    sent = resumed.wake().rows
    assert len(sent) == (0 if change in ("nothing", "owner") else 5)
    assert all(set(row.values) == set(specs) for row in sent)
    assert resumed.wake().rows == []


def test_a_new_feature_is_warming_up_until_a_whole_window_has_passed(tmp_path: Path) -> None:
    """A derived feature with what it reads; a lifetime for ever."""
    going = shard(defined(tmp_path, BASE))
    take(going, orders(0, 25))
    specs = {**changed("n", version=2), "ever": {**BASE["ever"], "version": 2}}
    resumed = shard(defined(tmp_path, specs), going.snapshot())
    whole = BEGUN + 11 * MINUTE
    for now, warming in ((BEGUN, ("ever", "n", "part")), (whole - 1, ("ever", "n", "part")), (whole, ("ever",))):
        event = {**orders(25, 1)[0], "timestamp": now}
        assert {row.warming for row in take(resumed, [event])} == {warming}


def test_warming_goes_on_over_another_restart(tmp_path: Path) -> None:
    """What was new in one run is no newer in the next."""
    going = shard(defined(tmp_path, BASE))
    take(going, orders(0, 25))
    other = defined(tmp_path, changed("n", version=2))
    resumed = shard(other, shard(other, going.snapshot(), begun=BEGUN).snapshot(), begun=BEGUN + 10 * MINUTE)
    assert resumed.wake().rows == []
    event = {**orders(25, 1)[0], "timestamp": BEGUN + 11 * MINUTE}
    assert {row.warming for row in take(resumed, [event])} == {()}


@pytest.mark.parametrize("name", ["n", "kinds", "newest", "middle", "about"])
def test_a_feature_that_was_away_starts_over(tmp_path: Path, name: str) -> None:
    """Removed in one run and there again in the next: nothing of what it had counted before."""
    base = defined(tmp_path, BASE)
    going = shard(base)
    take(going, orders(0, 25))
    away = shard(defined(tmp_path, without(name, "part")), going.snapshot(), begun=BEGUN)
    away.wake()
    again = shard(base, away.snapshot(), begun=BEGUN + MINUTE)
    again.wake()
    feature = [f for f in base.features if f.feature_name == name]
    empty = Oracle(base, {"orders": []}).value_at("user_id", "u0", 0)
    for row in again.refill().rows:
        assert wrong(feature, empty, row.values) == []
        assert name in row.warming


def test_an_entity_of_a_removed_feature_is_gone(tmp_path: Path) -> None:
    """It is told, it leaves the state, and it may come again."""
    refunds = {"refunds": {**BASE["n"], "filter": "event_type = 'refund'"}}
    going = shard(defined(tmp_path, {"n": BASE["n"]}))
    take(going, orders(0, 25))
    resumed = shard(defined(tmp_path, refunds), going.snapshot())
    assert {(row.entity, row.gone, row.values["refunds"]) for row in resumed.wake().rows} == {
        (f"u{i}", True, 0) for i in range(5)
    }
    assert (resumed.logic.tiles.entities, resumed.refill().rows) == (0, [])
    refund = {**orders(25, 1)[0], "event_type": "refund"}
    assert [(row.entity, row.gone, row.values["refunds"]) for row in take(resumed, [refund])] == [("u0", False, 1)]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_snapshot_is_refused(tmp_path: Path, seed: int) -> None:
    """One bit, anywhere."""
    definitions, rng = defined(tmp_path, BASE), np.random.default_rng(seed)
    going = shard(definitions)
    take(going, orders(0, 60))
    whole = going.snapshot()
    places_to_hit = [*range(40), *rng.integers(len(whole), size=60).tolist()]
    for at in places_to_hit:
        bit = 1 << int(rng.integers(8))
        damaged = whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
        with pytest.raises(SnapshotDamaged):
            shard(definitions, damaged)


@pytest.mark.parametrize("cut", [0, 5, 20, 31, 32, 200, -1])
def test_a_short_snapshot_is_refused(tmp_path: Path, cut: int) -> None:
    definitions = defined(tmp_path, BASE)
    with pytest.raises(SnapshotDamaged):
        shard(definitions, shard(definitions).snapshot()[:cut])


def test_a_snapshot_is_not_changed_by_what_comes_after(tmp_path: Path) -> None:
    definitions = defined(tmp_path, BASE)
    going = shard(definitions)
    take(going, orders(0, 25))
    kept = going.snapshot()
    copy = bytes(kept)
    take(going, orders(25, 50))
    assert kept == copy
    assert sorted(shard(definitions, kept).refill().rows, key=entity)[0].seq == 5


def test_compaction_keeps_values_and_forgets_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand categories pass; those no window holds go, the rows stay."""
    definitions = defined(tmp_path, without("about"))
    compacting, plain = shard(definitions), shard(definitions)
    monkeypatch.setattr(moves, "_WORTH_IT", 50)
    for first in range(0, 3_000, 50):
        events = [{**e, "category": f"category {first + i}"} for i, e in enumerate(orders(first, 50))]
        rows = take(compacting, events)
        assert rows == take(plain, events)
        compacting.snapshot()
    meta = compacting.logic.tiles.state.meta
    assert int(plain.logic.tiles.state.meta[places.TEXTS]) == 3_000
    assert int(meta[places.TEXTS]) < 400
    assert compacting.logic.tiles.size < plain.logic.tiles.size / 3
    assert sorted(compacting.refill().rows, key=entity) == sorted(plain.refill().rows, key=entity)


def test_compaction_forgets_the_ids_of_entities_that_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = defined(tmp_path, {"n": BASE["n"]})
    going = shard(definitions)
    monkeypatch.setattr(moves, "_WORTH_IT", 50)
    for first in range(0, 3_000, 50):
        take(going, [{**e, "user_id": f"user {first + i}"} for i, e in enumerate(orders(first, 50))])
        going.notify()
        going.snapshot()
    assert going.logic.tiles.entities < 120
    assert int(going.logic.tiles.state.meta[places.BYTES]) < 5_000
