"""Tests the online store while its server dies, hangs, is full or is a replica: writers wait and lose nothing."""

import logging
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.messages import RunStopped
from connectors.redis.endpoints.sink import RedisSink
from tests.support.generators.seeds import fresh_seed
from tests.support.services.redis_rows import many, never, read_entity, sink, write
from tests.support.services.redis_server import RedisServer
from tests.support.waiting import await_that, when

LOST, BACK, WAITS, KILLS = "lost", "back after", "waiting, nothing is lost", 3


def disturb(server: RedisServer, choose: random.Random, count: Callable[[str], int]) -> None:
    """Kills the server several times while it is written to, until the writer has missed it."""
    for _ in range(KILLS):
        time.sleep(choose.uniform(0.05, 0.3))
        server.kill()
        await_that(lambda: count(LOST) > count(BACK))
        time.sleep(choose.uniform(0.05, 0.3))
        server.start()
        await_that(lambda: count(LOST) == count(BACK))


def write_while(trouble: threading.Thread, server: RedisServer) -> int:
    """Writes 1,000 entities again and again while a thread makes trouble; returns the time of the last rows."""
    partition, as_of = sink(server.url), 0
    trouble.start()
    while trouble.is_alive() or as_of < 5:
        as_of += 1
        partition.write_batch([many("k", 1_000, as_of)])
    trouble.join(60)
    partition.snapshot()
    return as_of


@pytest.mark.long
def test_a_killed_server_is_waited_for_and_nothing_is_lost(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    choose = random.Random(fresh_seed())
    caplog.set_level(logging.INFO)

    def count(words: str) -> int:
        return sum(f"Redis 127.0.0.1:{own_redis.port}: {words}" in message for message in list(caplog.messages))

    newest = write_while(threading.Thread(target=disturb, args=(own_redis, choose, count)), own_redis)
    client = own_redis.client()
    values = [read_entity(client, "k", "user", f"u{n}")["a"] for n in range(1_000)]
    assert values == [f"{newest}.{n}" for n in range(1_000)]
    warnings = sum(record.levelno == logging.WARNING for record in caplog.records)
    assert (warnings, count(LOST), count(BACK)) == (KILLS, KILLS, KILLS)


def test_a_paused_server_is_waited_for(own_redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    partition = sink(own_redis.url, timeout_s=0.2)
    write(partition, many("k", 100, 1))
    own_redis.pause()
    resume = when(lambda: WAITS in caplog.text, own_redis.resume)
    write(partition, many("k", 100, 2))
    resume.join(60)
    assert read_entity(own_redis.client(), "k", "user", "u99")["a"] == "2.99"
    assert [record.levelname for record in caplog.records if "Redis 127" in record.message] == [
        "WARNING",
        "INFO",
    ]


def test_the_next_batch_is_made_while_redis_answers(own_redis: RedisServer) -> None:
    partition = sink(own_redis.url)
    write(partition, many("k", 1, 1))
    own_redis.pause()
    partition.write_batch([many("k", 10, 2)])  # a worker that waited here would never let Redis continue
    own_redis.resume()
    partition.snapshot()
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "2.9"


def test_the_last_batch_needs_no_other_to_be_sent_again(own_redis: RedisServer) -> None:
    written = threading.Event()
    sink = RedisSink(own_redis.url, Path("unused"), 1, lambda writes: written.set(), never)
    own_redis.kill()
    sink.build_part("out", "0", None).write_batch([many("k", 10, 1)])
    own_redis.start()
    assert written.wait(60)
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "1.9"


def test_a_wait_ends_when_told_to_stop(own_redis: RedisServer) -> None:
    stopping = threading.Event()
    partition = sink(own_redis.url, stopping.is_set)
    own_redis.kill()
    threading.Timer(0.3, stopping.set).start()
    with pytest.raises(RunStopped, match="stopped while waiting: lost"):
        write(partition, many("k", 1, 1))


def test_a_full_server_is_waited_for_and_named(own_redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    client = own_redis.client()
    client.config_set("maxmemory", str(512 << 10))
    room = when(lambda: WAITS in caplog.text, client.config_set, "maxmemory", "0")
    write(sink(own_redis.url), many("k", 10, 1))
    room.join(60)
    assert read_entity(client, "k", "user", "u9")["a"] == "1.9"
    (message,) = [record.message for record in caplog.records]
    assert "its memory is full: raise its maxmemory" in message
    assert re.search(r"\(\d\.\d\d MB used, maxmemory 0\.50 MB\); waiting, nothing is lost", message)


def test_a_replica_is_waited_for_until_it_is_promoted(
    own_redis: RedisServer, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = own_redis.client()
    client.replicaof("127.0.0.1", redis_server.port)
    promoted = when(lambda: WAITS in caplog.text, client.replicaof, "NO", "ONE")
    write(sink(own_redis.url), many("replica", 10, 1))
    promoted.join(60)
    assert read_entity(client, "replica", "user", "u9")["a"] == "1.9"
    assert any("read-only replica" in record.message for record in caplog.records)


def test_an_emptied_script_cache_is_filled_again(own_redis: RedisServer) -> None:
    partition = sink(own_redis.url)
    write(partition, many("k", 10, 1))
    own_redis.client().script_flush()
    write(partition, many("k", 10, 2))
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "2.9"
