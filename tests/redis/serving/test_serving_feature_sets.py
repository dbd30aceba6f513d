"""Tests `?set=` of the API over a real Redis: the features of a set, for each entity type of it."""

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

ONE, MANY = "/api/v1/features/user/u1", "/api/v1/features"


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    made = served(redis_server, tmp_path)
    marks = {"_warming": "user_is_abroad,user_login_frequency", "_quarantined": "user_login_frequency"}
    made.put_entity("user", "u1", {"user_spend_1h": "12.5", "user_login_frequency": "3", **marks})
    made.put_entity("item", "i1", {"item_p90_amount_30d": "99.5", "item_orders_15m": "4"})
    return made


def test_one_entity_has_the_features_of_the_set_in_its_order(app: Served) -> None:
    fraud = app.context.definitions.feature_set("fraud_v1")
    user = app.client().get(ONE, params={"set": "fraud_v1"}).json()
    assert list(user["features"]) == [name for name in fraud.names if name.startswith("user_")]
    assert user["features"]["user_spend_1h"] == 12.5
    assert (user["warming"], user["quarantined"]) == (["user_is_abroad"], [])
    item = app.client().get("/api/v1/features/item/i1?set=fraud_v1").json()
    assert item["features"] == {"item_p90_amount_30d": 99.5, "item_refund_ratio_7d": None}


def test_many_entities_have_the_features_of_the_set(app: Served) -> None:
    body = {"entity_type": "user", "ids": ["nobody", "u1"]}
    answer = app.client().post(MANY, params={"set": "fraud_v1"}, json=body).json()
    assert answer["entities"][0] is None
    user = app.client().get(ONE, params={"set": "fraud_v1"}).json()
    assert answer["entities"][1] == {key: user[key] for key in answer["entities"][1]}


def test_without_a_set_nothing_has_changed(app: Served) -> None:
    user = app.client().get(ONE).json()
    assert list(user["features"]) == [feature.feature_name for feature in app.context.definitions.of_entity("user_id")]
    assert user["features"]["user_login_frequency"] == 3
    assert (user["warming"], user["quarantined"]) == (
        ["user_is_abroad", "user_login_frequency"],
        ["user_login_frequency"],
    )


@pytest.mark.parametrize(
    ("query", "one", "says"),
    [
        ("set=fraud_v2", 404, "unknown feature set 'fraud_v2'; expected one of: fraud_v1"),
        ("set=", 404, "unknown feature set ''; expected one of: fraud_v1"),
        ("set=user_spend_1h", 404, "unknown feature set 'user_spend_1h'; expected one of: fraud_v1"),
        ("set=%00%ff%1b", 404, "unknown feature set '\\x00\N{REPLACEMENT CHARACTER}\\x1b'; expected one of: fraud_v1"),
        ("set=fraud_v1&set=fraud_v1", 422, "invalid query: set is given 2 times; expected one feature set"),
    ],
)
def test_a_wrong_set_is_told(app: Served, query: str, one: int, says: str) -> None:
    alone = app.client().get(f"{ONE}?{query}")
    many = app.client().post(f"{MANY}?{query}", json={"entity_type": "user", "ids": ["u1"]})
    assert (alone.status_code, many.status_code) == (one, 422)
    assert alone.json()["error"].startswith(says)
    assert many.json() == alone.json()


def test_a_set_beside_features_is_refused(app: Served) -> None:
    body = {"entity_type": "user", "ids": ["u1"], "features": ["user_spend_1h"]}
    answer = app.client().post(f"{MANY}?set=fraud_v1", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "both features and the feature set 'fraud_v1' are given; expected one of them"


def test_an_unknown_entity_type_is_told_before_the_set(app: Served) -> None:
    answer = app.client().get("/api/v1/features/planet/p1?set=fraud_v1")
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "unknown entity type 'planet'; expected one of: item, user",
    )


def test_a_set_of_another_entity_type_names_its_own(redis_server: RedisServer, tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    for folder in ("sources", "user_profile", "item_profile"):
        (specs / folder).mkdir(parents=True)
        for file in (ROOT / "feature_specs" / folder).glob("*.yaml"):
            (specs / folder / file.name).write_text(file.read_text())
    (specs / "sets").mkdir()
    text = "set_name: items\nversion: 1\nowner: a@example.com\ndescription: d\nfeatures: [item_orders_15m]\n"
    (specs / "sets" / "items.yaml").write_text(text)
    answer = served(redis_server, tmp_path, specs=specs).client().get(f"{ONE}?set=items")
    assert answer.status_code == 404
    assert answer.json()["error"] == "feature set 'items' contains no feature of 'user'; expected one of: item"
