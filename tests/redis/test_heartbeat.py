"""Tests the heartbeat of a real run: it beats without events, says what was read, and stops with the run."""

from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.redis import heartbeat_key
from connectors.redis.memory import evicts
from serving.quality.pipeline import read_pipeline
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import TYPES, Served, served


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


def beat(app: Served, ago_ms: int, published_ms: int = 5) -> None:
    seconds, _ = app.store.time()
    for kind in TYPES:
        fields: dict[Any, Any] = {"wall_ms": str(int(seconds) * 1000 - ago_ms), "published_ms": str(published_ms)}
        app.store.hset(heartbeat_key(app.prefix, kind), mapping=fields)


def test_a_quiet_entity_is_told_from_a_dead_pipeline(app: Served) -> None:
    app.put_entity("user", "u1", {"user_spend_1h": "1"})
    client = app.client()
    assert client.get("/api/v1/features/user/u1").json()["pipeline"]["alive"] is None
    assert client.get("/readyz").status_code == 503
    beat(app, ago_ms=1_000)
    pipeline = client.get("/api/v1/features/user/u1").json()["pipeline"]
    assert pipeline["alive"] is True and pipeline["newest_published"] == {"item": 5, "user": 5}
    assert client.get("/readyz").status_code == 200
    assert "has been stalled" not in client.get("/features/user/u1").text
    beat(app, ago_ms=3_600_000)
    pipeline = client.post("/api/v1/features", json={"entity_type": "user", "ids": ["u1"]}).json()["pipeline"]
    assert pipeline["alive"] is False and 3_590 < pipeline["behind_seconds"] < 3_700
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)
    for path in ("/", "/features/user/u1", "/live/front", "/quality/user_spend_1h"):
        assert "has been stalled since" in client.get(path).text


@pytest.mark.parametrize("wall", ["", "x", "-1", "9" * 40])
def test_a_heartbeat_that_cannot_be_read_is_none(app: Served, wall: str) -> None:
    app.store.hset(heartbeat_key(app.prefix, "user"), "wall_ms", wall)
    app.store.set(heartbeat_key(app.prefix, "item"), "no hash")
    assert app.context.pipeline().alive is None


def test_a_redis_that_is_down_is_no_quiet_pipeline(app: Served) -> None:
    with pytest.raises(redis.RedisError):
        read_pipeline(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), app.prefix, TYPES, 30)


@pytest.mark.parametrize(("policy", "told"), [("noeviction", False), ("allkeys-lru", True), ("volatile-ttl", True)])
def test_a_redis_that_evicts_is_told(own_redis: RedisServer, policy: str, told: bool) -> None:
    client = own_redis.client()
    client.config_set("maxmemory-policy", policy)
    assert (policy in evicts(client)) is told
