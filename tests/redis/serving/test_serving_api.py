"""Tests the API over a real Redis: features and quality in types, answers to invalid questions."""

from pathlib import Path

import pytest

from tests.support.factories.quality.reports import made_interval
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import NOW_MS, Served, served


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


def test_the_api_answers_in_types(app: Served) -> None:
    app.put_entity(
        "user", "u1", {"user_spend_1h": "12.5", "user_last_categories": '["a"]', "_quarantined": "user_last_country"}
    )
    client = app.client()
    entity = client.get("/api/v1/features/user/u1").json()
    assert (entity["id"], entity["as_of"], entity["age_ms"]) == ("u1", NOW_MS - 1_500, 1_500)
    assert entity["features"]["user_spend_1h"] == 12.5
    assert entity["features"]["user_last_categories"] == ["a"]
    assert entity["quarantined"] == ["user_last_country"]
    body = {"entity_type": "user", "ids": ["nobody", "u1"], "features": ["user_spend_1h"]}
    nobody, u1 = client.post("/api/v1/features", json=body).json()["entities"]
    assert nobody is None
    assert u1["features"] == {"user_spend_1h": 12.5}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b'{"entity_type": "user"}', "ids"),
        (b'{"entity_type": "user", "ids": []}', ">= 1"),
        (b'{"entity_type": "planet", "ids": ["x"]}', "expected one of: item, user"),
        (b'{"entity_type": "user", "ids": ["x"], "features": ["no_such"]}', "unknown feature 'no_such'"),
        (b'{"entity_type": "user", "ids": [1]}', "str"),
    ],
)
def test_a_wrong_question_is_told_what_is_expected(app: Served, body: bytes, says: str) -> None:
    answer = app.client().post("/api/v1/features", content=body)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


def test_a_body_without_end_is_not_read(app: Served) -> None:
    assert app.client().post("/api/v1/features", content=b"x" * 2_000_000).status_code == 413


def test_quality_as_json(app: Served) -> None:
    app.put_reports(made_interval().features)
    quality = app.client().get("/api/v1/quality").json()
    assert len(quality["features"]) == 42 and "drifted" in quality["verdict"] and quality["alerts"]
    feature = app.client().get("/api/v1/quality/user_spend_1h").json()
    assert feature["open"] is None and feature["closed"]["status"] == "firing"


def test_what_is_not_there_is_said_in_json_to_programs(app: Served) -> None:
    client = app.client()
    nowhere, wrong_way = client.get("/api/v1/nothing"), client.get("/api/v1/features")
    assert (nowhere.status_code, wrong_way.status_code) == (404, 405)
    assert "/api/v1/quality" in nowhere.json()["error"] and "POST /api/v1/features" in wrong_way.json()["error"]
