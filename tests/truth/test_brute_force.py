"""Tests the oracle against values computed by hand, and against SQL over real orders."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import w12
from dataflows.definitions.loader import Definitions
from tests.support.factories.definitions import by_hand
from tests.support.factories.topics import retail_orders
from tests.support.generators import random_streams
from tests.support.oracle import retail_sql
from tests.support.oracle.brute_force import Expected, Oracle, same, value_at
from tests.support.oracle.event_facts import Event, gather

TEN = {"source": "orders", "window": "10s", "hop": "5s"}
FOREVER = {"source": "orders", "window": "lifetime"}


def order(time: int, user: str | None = "u1", **columns: object) -> Event:
    return {"event_type": "payment_success", "user_id": user, "timestamp": time, **columns}


def values(definitions: Definitions, events: list[Event], t: int, user: str = "u1") -> dict[str, object]:
    by_oracle = value_at(definitions, {"orders": events}, "user_id", user, t)
    return {name: expected.value for name, expected in by_oracle.items()}


COUNT = {"n": {**TEN, "value_type": "INT64", "aggregation": "count"}}


@pytest.mark.parametrize(("t", "n"), [(4_999, 0), (5_000, 1), (14_999, 1), (15_000, 0), (-5_000, 0)], ids=str)
def test_head_is_exact_and_tail_moves_in_hops(tmp_path: Path, t: int, n: int) -> None:
    """An event at 4,999 ms is in from 5,000 until its tile [0, 5000) leaves at 5,000 + 10,000."""
    assert values(by_hand(tmp_path, **COUNT), [order(4_999)], t) == {"n": n}


def test_window_starts_at_the_tile_of_its_tail(tmp_path: Path) -> None:
    """At 14,999 the tail is floor(4,999) = 0: an event at 0, almost fifteen seconds old, still counts."""
    definitions = by_hand(tmp_path, **COUNT)
    assert values(definitions, [order(0), order(-1)], 14_999) == {"n": 1}


def of(aggregation: str, value_type: str, value: str | None = None, **more: object) -> dict[str, object]:
    spec = {**FOREVER, "aggregation": aggregation, "value_type": value_type, **more}
    return spec | ({"value": value} if value else {})


BY_HAND: dict[str, tuple[dict[str, object], object]] = {
    "count": (of("count", "INT64"), 5),
    "valued": (of("count", "INT64", "amount"), 4),
    "total": (of("sum", "DOUBLE", "amount"), 16.0),
    "pieces": (of("sum", "INT64", "quantity"), 1),
    "mean": (of("mean", "DOUBLE", "amount"), 4.0),
    "var": (of("var", "DOUBLE", "amount"), pytest.approx(26 / 3)),
    "std": (of("std", "DOUBLE", "amount"), pytest.approx((26 / 3) ** 0.5)),
    "least": (of("min", "INT64", "quantity"), -4),
    "most": (of("max", "DOUBLE", "amount"), 7.0),
    "opening": (of("first", "STRING", "category"), "a"),
    "closing": (of("last", "STRING", "category"), "d"),
    "newest": (of("last_k", "ARRAY<STRING>", "category", k=3), ["d", "c", "b"]),
    "kinds": (of("distinct_count", "INT64", "category"), 4),
    "about": (of("approx_distinct", "INT64", "category"), 4),
    "median": (of("quantile", "DOUBLE", "amount", quantile=0.5), 2.0),
    "since": (of("time_since_last", "DOUBLE"), 1.5),
    "whole": (of("time_since_last", "INT64"), 1),
    "refunds": (of("count", "INT64", filter="event_type = 'refund'"), 0),
    "half": (of("sum", "DOUBLE", "quantity / 2"), 0.5),
}


def test_every_aggregation_by_hand(tmp_path: Path) -> None:
    definitions = by_hand(tmp_path, **{name: spec for name, (spec, _) in BY_HAND.items()})
    events = [
        order(1_000, amount=1.0, quantity=3, category="b"),
        order(1_000, amount=2.0, quantity=-4, category="a"),
        order(2_000, amount=None, quantity=None, category=None),
        order(3_000, amount=6.0, quantity=0, category="c"),
        order(3_000, amount=7.0, quantity=2, category="d"),
    ]
    assert values(definitions, events, 4_500) == {name: expected for name, (_, expected) in BY_HAND.items()}


def test_empty_windows(tmp_path: Path) -> None:
    zero = ("count", "sum", "distinct_count", "approx_distinct")
    null = ("mean", "std", "var", "min", "max", "first", "last", "time_since_last")
    wanted = {name: {**TEN, "aggregation": name, "value": "quantity", "value_type": "DOUBLE"} for name in null}
    wanted |= {name: {**TEN, "aggregation": name, "value": "quantity", "value_type": "INT64"} for name in zero}
    newest = {**TEN, "aggregation": "last_k", "k": 2, "value": "quantity", "value_type": "ARRAY<INT64>"}
    middle = {**TEN, "aggregation": "quantile", "quantile": 0.5, "value": "amount", "value_type": "DOUBLE"}
    row = values(by_hand(tmp_path, **wanted, newest=newest, middle=middle), [], 0)
    assert row == {**dict.fromkeys(zero, 0), **dict.fromkeys([*null, "middle"]), "newest": []}


def test_one_value_has_no_deviation(tmp_path: Path) -> None:
    feature = {**FOREVER, "aggregation": "std", "value": "amount", "value_type": "DOUBLE"}
    assert values(by_hand(tmp_path, n=feature), [order(0, amount=5.0)], 1) == {"n": None}


def test_what_is_null_or_not_finite_is_not_folded(tmp_path: Path) -> None:
    """A filter that is null takes nothing; amount / 0 is infinite or not a number."""
    definitions = by_hand(
        tmp_path,
        toys={**FOREVER, "aggregation": "count", "filter": "category = 'toys'", "value_type": "INT64"},
        ratio={**FOREVER, "aggregation": "count", "value": "amount / quantity", "value_type": "INT64"},
    )
    events = [
        order(0, category=None, amount=1.0, quantity=0),
        order(0, category="toys", amount=0.0, quantity=0),
    ]
    assert values(definitions, events, 1) == {"toys": 1, "ratio": 0}


def test_an_event_without_a_key_is_nobodys(tmp_path: Path) -> None:
    oracle = Oracle(by_hand(tmp_path, **COUNT), {"orders": [order(0, user=None), order(0, user="u2")]})
    assert oracle.entities("user_id") == ["u2"]


def test_derived_features_take_the_row(tmp_path: Path) -> None:
    definitions = by_hand(
        tmp_path,
        paid={**TEN, "aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
        lines={**TEN, "aggregation": "count", "value_type": "INT64"},
        each={"expression": "paid / lines", "value_type": "DOUBLE"},
        twice={"expression": "each * 2", "value_type": "DOUBLE"},
    )
    row = value_at(definitions, {"orders": [order(0, amount=3.0), order(1, amount=4.0)]}, "user_id", "u1", 2)
    assert (row["each"].value, row["twice"].value) == (3.5, 7.0)
    assert 3.5e-9 <= row["each"].slack < 1e-8
    assert values(definitions, [], 2)["each"] is None


def test_facts_hold_only_what_features_took(tmp_path: Path) -> None:
    definitions = by_hand(
        tmp_path,
        paid={**TEN, "aggregation": "sum", "value": "amount * 2", "value_type": "DOUBLE"},
        lines={**TEN, "aggregation": "count", "filter": "quantity > 1", "value_type": "INT64"},
    )
    facts = gather(definitions, [("orders", order(7, amount=1.5, quantity=1)), ("orders", order(8, quantity=2))])
    assert [fact.taken for fact in facts] == [{"paid": 3.0}, {"lines": None}]
    assert [fact.time for fact in facts] == [7, 8]


@pytest.mark.parametrize(
    ("expected", "actual", "value_type", "answer"),
    [
        (Expected(3), 3, "INT64", True),
        (Expected(3), 4, "INT64", False),
        (Expected(3), 3.0, "INT64", False),
        (Expected(100, 5.0), 104, "INT64", True),
        (Expected(1.0), 1.0 + 5e-10, "DOUBLE", True),
        (Expected(1.0), 1.0 + 5e-9, "DOUBLE", False),
        (Expected(0.0, 1e-6), 5e-7, "DOUBLE", True),
        (Expected(1.0), float("nan"), "DOUBLE", False),
        (Expected(None), None, "DOUBLE", True),
        (Expected(None), 0.0, "DOUBLE", False),
        (Expected(0), None, "INT64", False),
        (Expected(True), True, "BOOL", True),
        (Expected(True), 1, "BOOL", False),
        (Expected("a"), "b", "STRING", False),
        (Expected([1, 2]), [1, 2], "ARRAY<INT64>", True),
        (Expected([1, 2]), [2, 1], "ARRAY<INT64>", False),
        (Expected([1.0]), [1.0, 1.0], "ARRAY<DOUBLE>", False),
    ],
)
def test_same(expected: Expected, actual: object, value_type: str, answer: bool) -> None:
    assert same(expected, actual, value_type) is answer


@pytest.mark.long
@retail_orders.needs_retail
@pytest.mark.parametrize("entity_id", ["user_id", "item_id"])
def test_sql_over_retail_agrees_with_brute_force(entity_id: str) -> None:
    definitions, events = w12.more(), retail_orders.events(20_000)
    points = retail_sql.samples(events, entity_id, 200, seed=11)
    fast = retail_sql.RetailOracle(definitions, events).values_at(entity_id, points)
    slow = Oracle(definitions, {"orders": events.to_dicts()}).values_at(entity_id, points)
    types = {f.feature_name: f.value_type for f in definitions.of_entity(entity_id)}
    assert all(same(a[name], b[name].value, types[name]) for a, b in zip(slow, fast, strict=True) for name in types)


def test_random_definitions_cover_every_aggregation_and_streams_repeat(tmp_path: Path) -> None:
    print("seed 3")
    made = random_streams.definitions(np.random.default_rng(3), tmp_path / "specs")
    again = [random_streams.stream(np.random.default_rng(3), 200, disorder_ms=None) for _ in range(2)]
    assert len({f.aggregation for f in made.features} - {None}) == 14
    assert again[0] == again[1]
    times = [fact.time for fact in gather(made, again[0])]
    assert sum(a > b for a, b in pairwise(times)) > 5
