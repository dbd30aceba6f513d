"""Tests the watch over the online store: one that was emptied or may have lost writes asks for a refill, once."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, run_main

from connectors.redis.client import text_of
from connectors.redis.endpoints import loss_detector
from connectors.redis.endpoints.loss_detector import FirstItem, Signal, StoreLossDetector, StoreLost, marker_key
from connectors.redis.endpoints.sink import RedisSink
from tests.support.services.redis_rows import many, never, read_entity
from tests.support.services.redis_server import RedisServer


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the server of a busy machine the time to answer."""
    monkeypatch.setattr(loss_detector, "_TIMEOUT_S", 30.0)


class Watching:
    """A watch with a settable clock; `look` is one poll."""

    def __init__(self, server: RedisServer, checkpointed: bool = True, bounded: bool = False) -> None:
        self.now = 1_000_000
        self.stopped = False
        self.server = server
        watch = StoreLossDetector(
            server.url,
            Path("unused"),
            "fs",
            checkpointed=checkpointed,
            stopping=lambda: self.stopped,
            clock=lambda: self.now,
            bounded=bounded,
        )
        (name,) = watch.list_parts()
        self.partition = watch.build_part("watch", name, None)
        assert self.partition.next_batch() == [FirstItem()]

    def look(self) -> list[Signal]:
        self.now += 1_000
        return list(self.partition.next_batch())

    def marker(self) -> str:
        value = self.server.client().get(marker_key("fs")) or b""
        return text_of(value).partition(" ")[0]


def filled(server: RedisServer) -> Watching:
    watching = Watching(server)
    assert watching.look() == [StoreLost()]
    watching.partition.snapshot()
    assert watching.look() == []
    assert watching.marker() == "filled"
    return watching


def test_an_empty_store_asks_once_and_is_marked_after_the_next_snapshot(own_redis: RedisServer) -> None:
    watching = Watching(own_redis)
    watching.partition.snapshot()
    assert watching.look() == [StoreLost()]
    assert [watching.look() for _ in range(20)] == [[]] * 20
    assert watching.marker() == "refilling"
    watching.partition.snapshot()
    assert watching.marker() == "refilling"
    assert watching.partition.next_batch() == []
    assert watching.marker() == "filled"
    assert [watching.look() for _ in range(3)] == [[]] * 3


def test_an_emptied_store_asks_again(own_redis: RedisServer) -> None:
    watching = filled(own_redis)
    own_redis.flush()
    assert watching.look() == [StoreLost()]
    assert watching.look() == []


def test_a_store_emptied_during_a_refill_asks_again(own_redis: RedisServer) -> None:
    watching = Watching(own_redis)
    assert watching.look() == [StoreLost()]
    watching.partition.snapshot()
    own_redis.flush()
    assert watching.look() == []
    assert watching.marker() == "", "a refill that was lost is not confirmed"
    assert watching.look() == [StoreLost()]


def test_the_next_run_finds_the_mark(own_redis: RedisServer) -> None:
    filled(own_redis)
    assert Watching(own_redis).look() == []


def test_a_refill_that_was_not_finished_is_repeated_by_the_next_run(own_redis: RedisServer) -> None:
    assert Watching(own_redis).look() == [StoreLost()]
    assert Watching(own_redis).look() == [StoreLost()]


def test_a_restarted_server_may_have_lost_writes(own_redis: RedisServer) -> None:
    watching = filled(own_redis)
    own_redis.kill()
    assert [watching.look() for _ in range(3)] == [[]] * 3, "an unreachable server says nothing"
    own_redis.start()
    assert watching.look() == [StoreLost()]
    watching.partition.snapshot()
    assert [watching.look(), watching.marker()] == [[], "filled"]


@pytest.mark.long
def test_a_hung_server_holds_the_worker_for_a_moment_only(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(own_redis)
    monkeypatch.setattr(loss_detector, "_TIMEOUT_S", 1.0)
    watching = Watching(own_redis)
    assert watching.look() == []
    own_redis.pause()
    began = time.monotonic()
    assert watching.look() == []
    assert [watching.partition.next_batch() for _ in range(50)] == [[]] * 50
    assert time.monotonic() - began < 25, "only one of fifty asks the server"
    own_redis.resume()
    assert watching.look() == []


def test_without_checkpoints_the_mark_is_set_after_some_seconds(own_redis: RedisServer) -> None:
    watching = Watching(own_redis, checkpointed=False)
    assert watching.look() == [StoreLost()]
    for _ in range(4):
        assert watching.look() == []
        assert watching.marker() == "refilling"
    watching.look()
    watching.look()
    assert watching.marker() == "filled"


def test_a_bounded_watch_looks_once(own_redis: RedisServer) -> None:
    watching = Watching(own_redis, bounded=True)
    assert watching.look() == [StoreLost()]
    with pytest.raises(StopIteration):
        watching.look()
    watching = Watching(own_redis)
    watching.stopped = True
    with pytest.raises(StopIteration):
        watching.look()


def test_the_watch_never_sleeps_long(own_redis: RedisServer) -> None:
    awake = Watching(own_redis).partition.next_awake()
    assert awake is not None
    assert awake.timestamp() - time.time() < 0.5


def test_a_dataflow_watches_and_writes(own_redis: RedisServer) -> None:
    flow, seen = Dataflow("store"), list[Signal]()
    watch = StoreLossDetector(
        own_redis.url, Path("unused"), "fs", checkpointed=False, stopping=never, clock=lambda: 1, bounded=True
    )
    signals = op.input("watch", flow, watch)
    op.output("seen", signals, TestingSink(seen))
    rows = op.map("rows", signals, lambda signal: ("1", many("fs", 10, 1)))
    op.output("store", rows, RedisSink(own_redis.url, Path("unused"), 2, lambda writes: None, never))
    run: Callable[..., None] = run_main
    run(flow)
    assert seen == [FirstItem(), StoreLost()]
    assert read_entity(own_redis.client(), "fs", "user", "u9")["a"] == "1.9"
