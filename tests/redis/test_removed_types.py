"""Tests that only rows of undefined entity types leave Redis."""

import uuid

import pytest

from connectors.redis.client import text_of
from connectors.redis.removed_types import RemovedTypes, types_key
from tests.support.services.redis_server import RedisServer


def finished(server: RedisServer, prefix: str, *types: str) -> None:
    removed = RemovedTypes(server.client(), prefix, types)
    for _ in range(50):
        removed.step()


def keys(server: RedisServer, pattern: str) -> set[str]:
    return {text_of(key) for key in server.client().scan_iter(pattern, 10_000)}


@pytest.fixture
def prefix() -> str:
    return f"rem-{uuid.uuid4().hex[:8]}"


def test_rows_of_a_former_type_are_removed_and_no_others(
    redis_server: RedisServer, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = redis_server.client()
    finished(redis_server, prefix, "user", "item")
    rows = {f"{prefix}:{kind}:{number}": "row" for kind in ("user", "item") for number in range(5_000)}
    others = {
        f"{prefix}:items:1": "x",
        f"{prefix}x:item:1": "x",
        f"{prefix}:_quality:item": "x",
        f"{prefix}:marker": "x",
    }
    client.mset({**rows, **others})
    finished(redis_server, prefix, "user")
    left = keys(redis_server, f"{prefix}*")
    assert left == {key for key in rows if ":user:" in key} | others.keys() | {types_key(prefix)}
    assert "deleted 5000 rows of item from Redis" in caplog.text
    assert keys(redis_server, types_key(prefix)) and client.smembers(types_key(prefix)) == {b"user"}


def test_types_that_no_run_has_noted_stay(redis_server: RedisServer, prefix: str) -> None:
    redis_server.client().set(f"{prefix}:item:1", "somebody's")
    finished(redis_server, prefix, "user")
    assert keys(redis_server, f"{prefix}:item:*") == {f"{prefix}:item:1"}


def test_a_prefix_is_no_pattern(redis_server: RedisServer) -> None:
    redis_server.client().sadd(types_key("a*"), "item")
    redis_server.client().set("ab:item:1", "another's")
    finished(redis_server, "a*", "user")
    assert keys(redis_server, "ab:item:*") == {"ab:item:1"}


def test_a_type_that_is_back_is_not_removed(redis_server: RedisServer, prefix: str) -> None:
    finished(redis_server, prefix, "user", "item")
    redis_server.client().set(f"{prefix}:item:1", "row")
    finished(redis_server, prefix, "user", "item")
    assert keys(redis_server, f"{prefix}:item:*") == {f"{prefix}:item:1"}
