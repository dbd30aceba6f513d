"""Rows for the online store: written by the real sink, read as readers do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import redis

from connectors.redis.client import entity_key, fields_of
from connectors.redis.endpoints.hash_writes import HashWrites
from connectors.redis.endpoints.sink import RedisSink
from tests.support.services.redis_server import RedisServer

Row = dict[str, Any]
Partition = Any
FIELDS = ("a", "b", "_spec")


def never() -> bool:
    return False


def writes(*rows: Row, ttl_ms: int | None = None, fields: tuple[str, ...] = FIELDS) -> HashWrites:
    """Returns writes of rows with `key as_of seq gone` and fields; fields that are not given are absent."""
    return HashWrites(
        keys=pl.Series([row["key"] for row in rows], dtype=pl.String),
        as_of=pl.Series([row["as_of"] for row in rows], dtype=pl.Int64),
        seq=pl.Series([row.get("seq", 1) for row in rows], dtype=pl.Int64),
        gone=pl.Series([row.get("gone", False) for row in rows], dtype=pl.Boolean),
        fields=pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in fields}, dict.fromkeys(fields, pl.String)
        ),
        ttl_ms=ttl_ms,
        published_ms=7,
    )


def sink(url: str, stopping: Callable[[], bool] = never, timeout_s: float = 5.0) -> Partition:
    sink = RedisSink(url, Path("unused"), 1, lambda writes: None, stopping, timeout_s=timeout_s)
    return sink.build_part("out", "0", None)


def write(partition: Partition, *writes: HashWrites) -> None:
    """Writes and waits for the answer: a partition is one batch ahead until the next checkpoint."""
    partition.write_batch(list(writes))
    partition.snapshot()


def read_entity(client: redis.Redis, prefix: str, entity_type: str, entity_id: str) -> dict[str, str]:
    """Returns all fields of an entity as text, `_as_of` and the like included; empty if it is missing or gone."""
    return fields_of(client.hgetall(entity_key(prefix, entity_type, entity_id)))


class Store:
    """A sink and a reader on the same server, with keys under a prefix of one test."""

    def __init__(self, server: RedisServer, prefix: str, timeout_s: float = 5.0) -> None:
        self.client = server.client()
        self.partition = sink(server.url, timeout_s=timeout_s)
        self.prefix = prefix

    def put(self, **row: Any) -> None:
        ttl_ms = row.pop("ttl_ms", None)
        write(self.partition, writes({"key": self.key("u1"), **row}, ttl_ms=ttl_ms))

    def get(self, entity: str = "u1") -> dict[str, str]:
        return read_entity(self.client, self.prefix, "user", entity)

    def key(self, entity: str) -> str:
        return entity_key(self.prefix, "user", entity)


def many(prefix: str, count: int, as_of: int) -> HashWrites:
    return writes(
        *(
            {"key": entity_key(prefix, "user", f"u{n}"), "as_of": as_of, "a": f"{as_of}.{n}", "_spec": "s"}
            for n in range(count)
        )
    )
