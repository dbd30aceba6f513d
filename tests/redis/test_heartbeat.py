"""The heartbeat of a real run: it comes while no event does, says what was read, and stops when the run does."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from connectors.redis import embedded_server
from connectors.redis.heartbeat import heartbeat_key
from connectors.redis.memory import evicts
from serving.pipeline import Pipeline, read_pipeline
from tests.support.services.prometheus import running_dataflow
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

ROOT = Path(__file__).resolve().parents[2]
TYPES = ["item", "user"]


@pytest.fixture
def there(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataflowProcess]:
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    monkeypatch.setenv("HEADRACE_SPECS", str(ROOT / "feature_specs"))
    running = DataflowProcess(DataflowCommand(tmp_path, snapshot_seconds=1))
    yield running
    running.kill()
    embedded_server.release(tmp_path)


def until(found: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"not so within {seconds:.0f} s"
        time.sleep(0.25)


def test_it_beats_without_events_and_stops_with_the_run(child: DataflowProcess, tmp_path: Path) -> None:
    client = embedded_server.running(tmp_path)

    def pipeline() -> Pipeline:
        return read_pipeline(client, "headrace", TYPES, 5)

    until(lambda: pipeline().alive is True)
    first = pipeline()
    until(lambda: (pipeline().wall_ms or 0) > (first.wall_ms or 0))
    assert first.published_ms == {"item": None, "user": None}
    names = {str(key).split(":")[1].strip("'") for key in client.keys("headrace:*")}
    assert names <= {"_heartbeat", "_specs", "_quality", "marker", "lease", "entities"}
    child.kill()
    until(lambda: pipeline().alive is False)
    assert "has been stalled since" in pipeline().standing
    assert client.pttl(heartbeat_key("headrace", "user")) == -1


def beat(there: Served, ago_ms: int, published_ms: int = 5) -> None:
    seconds, _ = there.store.time()
    for kind in TYPES:
        fields: dict[Any, Any] = {"wall_ms": str(int(seconds) * 1000 - ago_ms), "published_ms": str(published_ms)}
        there.store.hset(heartbeat_key(there.prefix, kind), mapping=fields)


def test_a_quiet_entity_is_told_from_a_dead_pipeline(there: Served) -> None:
    there.put_entity("user", "u1", {"user_spend_1h": "1"})
    client = there.client()
    assert client.get("/api/v1/features/user/u1").json()["pipeline"]["alive"] is None
    assert client.get("/readyz").status_code == 503
    beat(there, ago_ms=1_000)
    told = client.get("/api/v1/features/user/u1").json()["pipeline"]
    assert told["alive"] is True and told["newest_published"] == {"item": 5, "user": 5}
    assert client.get("/readyz").status_code == 200
    assert "has been stalled" not in client.get("/features/user/u1").text
    beat(there, ago_ms=3_600_000)
    told = client.post("/api/v1/features", json={"entity_type": "user", "ids": ["u1"]}).json()["pipeline"]
    assert told["alive"] is False and 3_590 < told["behind_seconds"] < 3_700
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)
    for path in ("/", "/features/user/u1", "/live/front", "/quality/user_spend_1h"):
        assert "has been stalled since" in client.get(path).text


@pytest.mark.parametrize("wall", ["", "x", "-1", "9" * 40])
def test_a_heartbeat_that_cannot_be_read_is_none(there: Served, wall: str) -> None:
    there.store.hset(heartbeat_key(there.prefix, "user"), "wall_ms", wall)
    there.store.set(heartbeat_key(there.prefix, "item"), "no hash")
    assert there.shelf.pipeline().alive is None
    with pytest.raises(redis.RedisError):
        read_pipeline(redis.Redis(port=1), there.prefix, TYPES, 30)


@pytest.mark.parametrize(("policy", "told"), [("noeviction", False), ("allkeys-lru", True), ("volatile-ttl", True)])
def test_a_redis_that_evicts_is_told(own_redis: RedisServer, policy: str, told: bool) -> None:
    client = own_redis.client()
    client.config_set("maxmemory-policy", policy)
    assert (policy in evicts(client)) is told


def test_it_says_which_events_were_read(tmp_path: Path) -> None:
    begun_ms = time.time_ns() // 1_000_000
    with running_dataflow(tmp_path):
        client = embedded_server.running(tmp_path)
        until(lambda: all(read_pipeline(client, "headrace", TYPES, 30).published_ms.values()))
        for published_ms in read_pipeline(client, "headrace", TYPES, 30).published_ms.values():
            assert published_ms is not None and begun_ms <= published_ms <= time.time_ns() // 1_000_000
