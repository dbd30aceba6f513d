"""Tests mistakes that show only across definitions: names, topics, entities and cycles."""

from pathlib import Path

import pytest

from dataflows.definitions.loader import load
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.runs import replayed
from tests.support.factories.definition_files import DERIVED, FEATURE, ORDERS, Folder, mistakes, with_line
from tests.support.factories.definitions import DAY


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_broken_source_is_no_mistake_of_its_features(folder: Folder) -> None:
    lines = mistakes(folder(sources__orders=with_line(ORDERS, "format: avro"), users__f=FEATURE))
    assert [line.split(" ")[0] for line in lines] == ["sources/orders.yaml:7"]


def test_all_mistakes_of_all_files_at_once(folder: Folder) -> None:
    lines = mistakes(
        folder(
            sources__orders=with_line(ORDERS, "unknown_fields: drop"),
            users__a=with_line(with_line(FEATURE, "version: 0"), "owner: me"),
            users__b=with_line(with_line(FEATURE, "feature_name: b"), "aggregation: add"),
            users__c="a: [1\n",
            users__d="a: 1\na: 2\nb: 010\n",
        )
    )
    assert [line.split(" ")[0] for line in lines] == [
        "sources/orders.yaml:7",
        "users/a.yaml:2",
        "users/a.yaml:3",
        "users/b.yaml:11",
        "users/c.yaml:2",
        "users/d.yaml:2",
        "users/d.yaml:3",
    ]


def test_a_feature_name_once(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__a=FEATURE, users__b=FEATURE))
    assert "b.yaml:1  feature_name: spend_7d; expected a unique feature name;" in mistake
    assert mistake.endswith("users/a.yaml:1 already uses it")


def test_sources_and_raw_topics_once(folder: Folder) -> None:
    lines = mistakes(folder(sources__zz=ORDERS))
    assert [line.split(";")[0].split("  ")[1] for line in lines] == [
        "source: orders",
        "topic: persistent://public/default/raw-orders",
    ]


def test_a_feature_topic_is_of_one_entity(folder: Folder) -> None:
    other = with_line(with_line(FEATURE, "feature_name: shop_spend_7d"), "entity_id: shop_id")
    (mistake,) = mistakes(folder(users__a=FEATURE, users__b=other))
    assert "expected a topic for features of shop_id only; spend_7d of user_id uses it" in mistake


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "expression: spend_8d / 7",
            "b.yaml:8  expression: spend_8d / 7; expected a column instead of spend_8d",
        ),
        ("expression: SUM(spend_7d)", "expected an expression over one event"),
        ("expression: spend_per_day + 1", "expected no circular reference; spend_per_day needs spend_per_day"),
        ("expression: spend_7d +", "expected an expression in SQL"),
        (
            "value_type: STRING",
            "b.yaml:5  value_type: STRING; expected DOUBLE or FLOAT; the expression is DOUBLE",
        ),
        ("entity_id: shop_id", "expected features of shop_id; spend_7d belongs to user_id"),
        ("window: 7d", "b.yaml:9  window: 7d; expected no window together with an expression"),
        ("aggregation: sum", "b.yaml:9  aggregation: sum; expected no aggregation together with an expression"),
        ("k: 3", "b.yaml:9  k: 3; expected no k together with an expression"),
    ],
)
def test_what_a_mistake_in_a_derived_feature_says(folder: Folder, line: str, says: str) -> None:
    lines = mistakes(folder(users__a=FEATURE, users__b=with_line(DERIVED, line)))
    assert any(says in line for line in lines)


def test_derived_features_may_need_each_other_but_not_in_a_circle(folder: Folder) -> None:
    chain = with_line(with_line(DERIVED, "feature_name: a_chain"), "expression: spend_per_day * 2")
    assert [f.feature_name for f in load(folder(users__a=FEATURE, users__b=DERIVED, users__c=chain)).features] == [
        "a_chain",
        "spend_7d",
        "spend_per_day",
    ]
    circle = with_line(DERIVED, "expression: a_chain + spend_7d")
    (mistake,) = mistakes(folder(users__b=circle, users__c=chain))
    assert "expected no circular reference" in mistake
    assert "a_chain needs spend_per_day needs a_chain" in mistake or "spend_per_day needs a_chain needs" in mistake


def test_a_broken_feature_is_no_mistake_of_those_that_read_it(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__a=with_line(FEATURE, "version: 0"), users__b=DERIVED))
    assert "a.yaml:2" in mistake


def test_an_entity_has_room_for_so_many_hops(folder: Folder) -> None:
    """Derived features and those of other entities take no room; two features of one hop take one place."""
    windows = [f"window: {hours}h\nhop: {hours}h" for hours in range(1, 65)]
    files = {
        f"users__f{number:02}": with_line(with_line(FEATURE, f"feature_name: f{number:02}"), window)
        for number, window in enumerate(windows)
    }
    files["users__a"] = with_line(with_line(FEATURE, "feature_name: a_alike"), windows[3])
    files["users__b"] = with_line(with_line(DERIVED, "expression: f00 / 7"), "feature_name: b_derived")
    files["users__c"] = with_line(
        with_line(with_line(FEATURE, "feature_name: c_shop"), "window: 99h\nhop: 99h"), "entity_id: shop_id"
    ).replace("user_profile", "shop_profile")
    assert len(load(folder(**files)).features) == 67
    files["users__g"] = with_line(with_line(FEATURE, "feature_name: one_more"), "window: 65h\nhop: 65h")
    files["users__h"] = with_line(with_line(FEATURE, "feature_name: one_more_still"), "window: lifetime")
    assert mistakes(folder(**files)) == [
        "users/g.yaml:13  hop: 65h; expected at most 64 different hops among the features of user_id; "
        "reuse the hop of another feature, such as 64h",
        "users/h.yaml:12  window: lifetime; expected at most 64 different hops among the features of user_id; "
        "reuse the hop of another feature, such as 64h",
    ]


def two_sources() -> dict[str, str]:
    """Returns two sources with an entity of the same column, whose name is that of another with a prefix."""
    orders = ORDERS.replace("shop_id: shop", "shop_user_id: shop")
    other = with_line(orders, "source: orders_shop").replace("raw-orders", "raw-shop")
    return {"sources__orders": orders, "sources__shop": other}


def test_topics_that_end_alike_are_topics_of_their_own(folder: Folder) -> None:
    """Steps of the graph are named after topics, sources and entities: no two names may collide."""
    features = {
        name: with_line(with_line(with_line(FEATURE, f"feature_name: {name}"), f"topic_name: {topic}"), line)
        for name, topic, line in (
            ("a", "persistent://public/default/feature.v2", "entity_id: user_id"),
            ("b", "persistent://public/other/feature.v2", "source: orders_shop"),
            ("c", "persistent://public/default/feature", "entity_id: shop_user_id"),
        )
    }
    definitions = load(folder(**two_sources(), **{f"users__{name}": text for name, text in features.items()}))
    event = {"event_type": "paid", "user_id": "u1", "shop": 7, "amount": 2.5, "quantity": 1, "at": DAY}
    left = replayed(definitions, {name: [[raw_batch("0", [event], DAY)]] for name in ("orders", "orders_shop")})
    assert {(name, value) for record in left.records for name, value in record.values.items() if value} == {
        ("a", 2.5),
        ("b", 2.5),
        ("c", 2.5),
    }
