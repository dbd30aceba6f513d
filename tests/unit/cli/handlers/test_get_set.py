"""Tests `headrace get --set` and the messages of `headrace validate` about feature sets."""

import json
from pathlib import Path

import pytest

from connectors.redis.client import connect
from tests.support.programs.command_line import ORDERS, SPENT, headrace

NOON = "1767268800000"  # 2026-01-01T12:00:00Z
SET = """
set_name: model
version: 1
owner: shop@example.com
description: "What the model reads"
features: [user_visits_1d, shop_spent_1d, user_spent_1d]
consumers: [{name: model, owner: shop@example.com}]
"""
SHOP = {
    "feature_name: user_spent_1d": "feature_name: shop_spent_1d",
    "entity_id: user_id": "entity_id: shop_id",
    "feature-user": "feature-shop",
}


@pytest.fixture
def specs(specs: Path) -> Path:
    """Writes three features of a user and one of a shop; the set contains two and one of them."""
    plain = SPENT.partition("tests:")[0]
    shop = plain
    for old, new in SHOP.items():
        shop = shop.replace(old, new)
    for name in ("user_visits_1d", "user_other_1d"):
        (specs / "user" / f"{name}.yaml").write_text(plain.replace("user_spent_1d", name))
    (specs / "user" / "shop_spent_1d.yaml").write_text(shop)
    orders = ORDERS.replace("entities: [user_id]", "entities: [user_id, shop_id]")
    (specs / "sources" / "orders.yaml").write_text(
        orders.replace("user_id: STRING", "user_id: STRING, shop_id: STRING")
    )
    (specs / "sets").mkdir()
    (specs / "sets" / "model.yaml").write_text(SET)
    return specs


def put(var: Path) -> None:
    fields = {"user_spent_1d": "7.5", "user_visits_1d": "2.0", "user_other_1d": "9.25"}
    marks = {"_warming": "user_other_1d,user_spent_1d", "_quarantined": "user_other_1d"}
    with connect(None, var) as store:
        store.hset("headrace:user:u1", mapping={"_as_of": NOON, "_seq": "3", "_spec": "f", **fields, **marks})
        store.hset("headrace:shop:s1", mapping={"_as_of": NOON, "_seq": "3", "_spec": "f", "shop_spent_1d": "4.5"})


def test_get_shows_the_features_of_the_set_that_the_entity_has(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var")
    answer = json.loads(headrace("get", "user", "u1", "--set", "model", "--json").stdout)
    assert list(answer["features"].items()) == [("user_visits_1d", 2.0), ("user_spent_1d", 7.5)]
    assert (answer["warming"], answer["quarantined"]) == (["user_spent_1d"], [])
    shop = json.loads(headrace("get", "shop_id", "s1", "--set=model", "--json").stdout)
    assert shop["features"] == {"shop_spent_1d": 4.5}
    table = headrace("get", "--set", "model", "user", "u1")
    assert table.exit_code == 0, table.output
    assert table.output.index("user_visits_1d") < table.output.index("user_spent_1d")
    assert "user_other_1d" not in table.output
    assert "user_other_1d" in headrace("get", "user", "u1").output


@pytest.mark.parametrize("name", ["modl", "", "Model", "user_spent_1d"])
def test_an_unknown_set_names_the_known_ones(specs: Path, name: str) -> None:
    result = headrace("get", "user", "u1", "--set", name)
    assert result.exit_code == 2
    assert result.output.strip() == f"unknown feature set {name!r}; expected one of: model"


def test_a_set_without_features_of_the_entity_names_those_it_has(specs: Path) -> None:
    (specs / "sets" / "model.yaml").write_text(SET.replace("shop_spent_1d, ", ""))
    result = headrace("get", "shop", "s1", "--set", "model")
    assert result.exit_code == 2
    assert result.output.strip() == "feature set 'model' contains no feature of 'shop'; expected one of: user"


def test_an_id_that_looks_like_an_option_is_an_id_beside_a_set(specs: Path, tmp_path: Path) -> None:
    result = headrace("get", "--set", "model", "user", "--", "--set")
    assert result.exit_code == 1
    assert "user '--set'" in result.output


def test_validate_shows_sets(specs: Path) -> None:
    assert "1 source, 1 feature set (model), in " in headrace("validate").output
    assert json.loads(headrace("validate", "--json").output)["sets"] == 1
    (specs / "sets" / "model.yaml").unlink()
    assert "feature set" not in headrace("validate").output
    assert json.loads(headrace("validate", "--json").output)["sets"] == 0


def test_mistakes_of_a_set_are_told_with_all_others(specs: Path) -> None:
    (specs / "sets" / "model.yaml").write_text(SET.replace("user_visits_1d", "user_visit_1d"))
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("version: 1", "version: 0"))
    errors = json.loads(headrace("validate", "--json").output)["errors"]
    assert [(error["line"], error["field"]) for error in errors] == [(6, "features[0]"), (3, "version")]
    assert errors[0]["hint"] == "did you mean user_visits_1d or user_other_1d?"
    for command in (["get", "user", "u1", "--set", "model"], ["test"]):
        assert "model.yaml:6" in headrace(*command).output
