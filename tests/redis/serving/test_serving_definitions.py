"""Tests rows written under other definitions, or none: invalid values are reported, the others served."""

from pathlib import Path
from typing import Any

import pytest

from dataflows.runtime.recorded_fingerprints import written_by
from serving.features.provenance import OTHER
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


def test_a_value_that_is_not_of_its_type_is_no_value(app: Served) -> None:
    app.put_entity("user", "u1", {"user_spend_1h": "abc", "user_last_country": "DE", "foreign": "x", "_foreign": "y"})
    entity = app.client().get("/api/v1/features/user/u1").json()
    assert entity["features"]["user_spend_1h"] is None and entity["features"]["user_last_country"] == "DE"
    assert (
        list(entity["unusable"]) == ["user_spend_1h"] and "is not a valid DOUBLE" in entity["unusable"]["user_spend_1h"]
    )
    page = app.client().get("/features/user/u1")
    assert page.status_code == 200 and "is not a valid DOUBLE" in page.text and "foreign" not in page.text


def test_a_value_of_another_definition_is_no_value_though_it_could_be_read(app: Served) -> None:
    """The neighbour with an unchanged definition is still served; a new one has no value and no reason."""
    definitions = app.context.definitions
    [key] = [name for name in written_by(definitions, app.prefix) if ":user:" in name]
    old: dict[Any, Any] = {**written_by(definitions, app.prefix)[key], "user_spend_1h": "changed"}
    app.store.hset(f"{app.prefix}:_specs:user:0123", mapping=old)
    row = {"_spec": "0123", "user_spend_1h": "12.5", "user_last_country": "DE"}
    app.put_entity("user", "u1", row)
    entity = app.client().get("/api/v1/features/user/u1").json()
    assert entity["features"]["user_spend_1h"] is None and entity["features"]["user_last_country"] == "DE"
    assert entity["unusable"] == {"user_spend_1h": OTHER}
    app.put_entity("user", "u1", row | {"_spec": definitions.fingerprint})
    assert app.client().get("/api/v1/features/user/u1").json()["features"]["user_spend_1h"] == 12.5


def test_bytes_that_are_no_text_are_no_value(app: Served) -> None:
    app.put_entity("user", "u1", {"user_spend_1h": "1"})
    app.store.hset(f"{app.prefix}:user:u1", mapping={b"user_last_country": b"\xff", b"\xfe": b"\xff"})
    entity = app.client().get("/api/v1/features/user/u1").json()
    assert (
        entity["features"]["user_last_country"] is None
        and "not a valid STRING" in entity["unusable"]["user_last_country"]
    )
    assert entity["features"]["user_spend_1h"] == 1.0


@pytest.mark.parametrize("as_of", ["", "x", "1.5", "-", "9" * 30, "\u0663", " 1"])
def test_a_moment_that_is_none_is_told(app: Served, as_of: str) -> None:
    app.put_entity("user", "u1", {"_as_of": as_of})
    answer = app.client().get("/api/v1/features/user/u1")
    assert answer.status_code == 502 and "ms since 1970" in answer.json()["error"]


@pytest.mark.parametrize("as_of", ["9223372036854775807", "-9223372036854775808"])
def test_a_moment_beyond_the_calendar_is_shown(app: Served, as_of: str) -> None:
    app.put_entity("user", "u1", {"_as_of": as_of})
    assert app.client().get("/features/user/u1").status_code == 200
