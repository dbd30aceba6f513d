"""Tests documents in fields of one hash: what a reader finds in a real Redis, and that they take the path of rows."""

from pathlib import Path

import pytest

from connectors.redis.endpoints.hash_writes import JsonFields, requests
from connectors.redis.endpoints.sink import RedisSink
from tests.support.services.redis_rows import Partition, never, sink, writes
from tests.support.services.redis_server import RedisServer

HOUR_MS = 3_600_000


@pytest.fixture
def partition(redis_server: RedisServer) -> Partition:
    return sink(redis_server.url)


def put(partition: Partition, *items: JsonFields) -> None:
    partition.write_batch(list(items))
    partition.snapshot()


def test_documents_are_what_a_row_of_their_time_would_be() -> None:
    """Byte for byte: readers and an earlier run of this program find what they know."""
    texts = {"open": '{"note":"\u00e9"}', "closed": "{}"}
    documents = JsonFields("k", {name: text.encode() for name, text in texts.items()}, 7_000, HOUR_MS)
    row = writes({"key": "k", "as_of": 7_000, "seq": 0, **texts}, ttl_ms=HOUR_MS, fields=("open", "closed"))
    assert requests([documents]) == requests([row])


def test_each_document_stays_until_a_newer_one_of_its_field(
    redis_server: RedisServer, partition: Partition, request: pytest.FixtureRequest
) -> None:
    key, client = request.node.name, redis_server.client()
    put(partition, JsonFields(key, {"open": b"1"}, 10, HOUR_MS), JsonFields(key, {"closed": b"2"}, 10, HOUR_MS))
    assert client.hgetall(key) == {b"_as_of": b"10", b"_seq": b"0", b"open": b"1", b"closed": b"2"}
    put(partition, JsonFields(key, {"open": b"3"}, 11, HOUR_MS), JsonFields(key, {"open": b"4"}, 12, HOUR_MS))
    put(partition, JsonFields(key, {"open": b"5"}, 11, HOUR_MS))
    assert client.hmget(key, ["open", "closed"]) == [b"4", b"2"]
    assert 0 < int(client.pttl(key)) <= HOUR_MS


def test_documents_go_between_rows_and_only_rows_are_told_of(
    redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    key, client, written = request.node.name, redis_server.client(), list[object]()
    row = writes({"key": f"{key}:row", "as_of": 1, "a": "1"})
    partition = RedisSink(redis_server.url, Path("unused"), 1, written.append, never).build_part("out", "0", None)
    partition.write_batch([row, JsonFields(key, {"open": b"{}"}, 1, None), row])
    partition.snapshot()
    assert client.hget(key, "open") == b"{}" and client.hget(f"{key}:row", "a") == b"1"
    assert written == [row, row]


def test_a_key_of_somebody_else_is_left(
    redis_server: RedisServer, partition: Partition, request: pytest.FixtureRequest
) -> None:
    key, client = request.node.name, redis_server.client()
    client.set(key, "theirs")
    put(partition, JsonFields(key, {"open": b"{}"}, 1, None))
    assert client.get(key) == b"theirs"


def test_a_document_that_is_none_goes_and_others_stay(
    redis_server: RedisServer, partition: Partition, request: pytest.FixtureRequest
) -> None:
    key, client = request.node.name, redis_server.client()
    put(partition, JsonFields(key, {"a": b"1"}, 10, HOUR_MS), JsonFields(key, {"b": b"2"}, 10, HOUR_MS))
    put(partition, JsonFields(key, {"a": None}, 11, HOUR_MS), JsonFields(key, {"c": b"3"}, 11, HOUR_MS))
    assert client.hgetall(key) == {b"_as_of": b"11", b"_seq": b"0", b"b": b"2", b"c": b"3"}
