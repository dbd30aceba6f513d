"""The online store on a real redis-server: what is read is never older than what was, whatever happens."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import redis
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, run_main
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import redis_embedded
from connectors.messages import Stopped
from connectors.redis import RedisUrlError, connect, entity_key, read_entity
from connectors.redis_embedded import EmbeddedRedisError
from connectors.redis_sink import RedisSink
from connectors.redis_watch import RedisWatch, Refill, Signal, Started, marker_key
from connectors.redis_writes import HashWrites
from tests.redis_server import RedisServer

Row = dict[str, Any]
Partition = Any
FIELDS = ("a", "b", "_spec")


def never() -> bool:
    return False


def writes(*rows: Row, ttl_ms: int | None = None, fields: tuple[str, ...] = FIELDS) -> HashWrites:
    """Rows are `key as_of seq gone` and fields, of which what is not given is absent."""
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
    found = RedisSink(url, Path("unused"), 1, lambda writes: None, stopping, timeout_s=timeout_s)
    return found.build_part("out", "0", None)


def write(partition: Partition, *some: HashWrites) -> None:
    """Written and answered: a partition is one batch ahead until the next checkpoint."""
    partition.write_batch(list(some))
    partition.snapshot()


class Store:
    """A sink and a reader on the same server, keys below a prefix of one test."""

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


@pytest.fixture
def store(redis_server: RedisServer, request: pytest.FixtureRequest) -> Store:
    return Store(redis_server, request.node.name)


def test_a_row_is_a_hash_of_plain_text(store: Store) -> None:
    store.put(as_of=1_700_000_000_001, seq=3, a="1.5", b="x", _spec="s")
    assert store.get() == {"_as_of": "1700000000001", "_seq": "3", "a": "1.5", "b": "x", "_spec": "s"}
    assert store.get("nobody") == {}


@pytest.mark.parametrize(
    ("as_of", "seq", "spec", "wins"),
    [
        (11, 1, "s", True),
        (10, 6, "s", True),
        (10, 5, "s", True),
        (10, 4, "s", False),
        (9, 9, "s", False),
        (10, 1, "t", True),  # a changed definition starts its seq over
        (9, 9, "t", False),
        (10, 1, None, True),
    ],
)
def test_a_value_never_goes_back(store: Store, as_of: int, seq: int, spec: str | None, wins: bool) -> None:
    store.put(as_of=10, seq=5, a="old", _spec="s")
    store.put(as_of=as_of, seq=seq, a="new", _spec=spec)
    assert store.get()["a"] == ("new" if wins else "old")


@pytest.mark.parametrize(
    ("as_of", "seq", "spec", "wins"),
    [
        (11, 1, "s", True),
        (10, 9, "s", False),  # a replay of how it left, before it came again
        (9, 9, "s", False),
        (10, 1, "t", True),  # of a definition that is no more
        (9, 9, "t", False),
    ],
)
def test_an_entity_goes_under_the_same_guard(store: Store, as_of: int, seq: int, spec: str, wins: bool) -> None:
    store.put(as_of=10, seq=5, a="1", _spec="s")
    store.put(as_of=as_of, seq=seq, gone=True, _spec=spec)
    assert (store.get() == {}) is wins


@pytest.mark.parametrize(
    ("as_of", "seq", "spec", "wins"),
    [(19, 9, "s", False), (19, 9, "t", False), (20, 1, "s", True), (20, 1, "t", True), (21, 1, "s", True)],
)
def test_no_older_row_brings_back_what_is_gone(store: Store, as_of: int, seq: int, spec: str, wins: bool) -> None:
    """What comes again may do so at the as_of it left at, its events counted from one."""
    store.put(as_of=10, seq=5, a="1", b="2", _spec="s", ttl_ms=600_000)
    store.put(as_of=20, seq=5, gone=True, _spec="s", ttl_ms=600_000)
    tombstone = {b"_as_of": b"20", b"_seq": b"5", b"_spec": b"s", b"_gone": b"1"}
    assert (store.get(), store.client.hgetall(store.key("u1"))) == ({}, tombstone)
    assert 600_000 < int(store.client.pttl(store.key("u1"))) <= 3_600_000
    store.put(as_of=as_of, seq=seq, a="3", _spec=spec)
    assert store.get() == ({"_as_of": str(as_of), "_seq": str(seq), "a": "3", "_spec": spec} if wins else {})
    assert int(store.client.pttl(store.key("u1"))) == -1 or not wins


def test_absent_fields_vanish(store: Store) -> None:
    store.put(as_of=1, a="1", b="2", _spec="s")
    store.put(as_of=2, b="3", _spec="s")
    assert store.get() == {"_as_of": "2", "_seq": "1", "b": "3", "_spec": "s"}


def test_fields_of_another_definition_vanish(store: Store) -> None:
    write(
        store.partition, writes({"key": store.key("u1"), "as_of": 1, "old": "1", "_spec": "s"}, fields=("old", "_spec"))
    )
    store.put(as_of=2, a="1", b="2", _spec="t")
    assert store.get() == {"_as_of": "2", "_seq": "1", "a": "1", "b": "2", "_spec": "t"}


def test_rows_with_and_without_absent_fields_stand_in_one_batch(store: Store) -> None:
    rows = [
        {"key": store.key("u1"), "as_of": 1, "a": "1", "b": "2", "_spec": "s"},
        {"key": store.key("u2"), "as_of": 1, "b": "2", "_spec": "s"},
        {"key": store.key("u3"), "as_of": 1, "gone": True},
        {"key": store.key("u4"), "as_of": 1, "a": "", "_spec": "s"},
    ]
    write(store.partition, writes(*rows))
    seen = {
        entity: {name: text for name, text in store.get(entity).items() if name in "ab"}
        for entity in ("u1", "u2", "u3", "u4")
    }
    assert seen == {"u1": {"a": "1", "b": "2"}, "u2": {"b": "2"}, "u3": {}, "u4": {"a": ""}}


def test_time_to_live_is_set_kept_and_taken_away(store: Store) -> None:
    store.put(as_of=1, a="1", _spec="s", ttl_ms=60_000)
    assert 0 < int(store.client.pttl(store.key("u1"))) <= 60_000
    store.put(as_of=2, a="1", _spec="s", ttl_ms=600_000)
    assert int(store.client.pttl(store.key("u1"))) > 60_000
    store.put(as_of=3, a="1", _spec="s")
    assert store.client.pttl(store.key("u1")) == -1
    store.put(as_of=4, a="1", _spec="s", ttl_ms=1)
    time.sleep(0.05)
    assert store.get() == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "'\"\\",
        "a\r\nb\n",
        "$3\r\nDEL\r\n",
        "naïve 🦀 中",
        "\x00\x01",
        "x" * 4_095,
        "y" * 4_096,
        "z" * 100_000,
        "é" * 3_000,
    ],
)
def test_any_text_comes_back(store: Store, text: str) -> None:
    store.put(as_of=1, a=text, b="after", _spec=text)
    assert store.get() == {"_as_of": "1", "_seq": "1", "a": text, "b": "after", "_spec": text}


def test_of_several_rows_of_a_key_the_last_counts(store: Store) -> None:
    key, other = store.key("u1"), store.key("u2")
    first = writes(
        {"key": key, "as_of": 1, "a": "1"},
        {"key": other, "as_of": 1, "a": "x"},
        {"key": key, "as_of": 2, "a": "2"},
    )
    second = writes({"key": key, "as_of": 2, "seq": 2, "a": "3"}, {"key": other, "as_of": 2, "gone": True})
    write(store.partition, first, second)
    assert (store.get()["a"], store.get("u2")) == ("3", {})
    gone = {"key": key, "as_of": 5, "seq": 7, "gone": True}
    write(store.partition, writes(gone, {"key": key, "as_of": 5, "a": "again"}))
    assert store.get()["a"] == "again"


def test_batches_of_several_shapes_and_lives_go_together(store: Store) -> None:
    item = writes({"key": store.key("i1"), "as_of": 1, "price": "9"}, ttl_ms=60_000, fields=("price",))
    empty = writes()
    user = writes({"key": store.key("u1"), "as_of": 1, "a": "1", "_spec": "s"})
    write(store.partition, user, empty, item)
    assert (store.get("i1")["price"], store.get("u1")["a"]) == ("9", "1")
    assert [store.client.pttl(store.key(entity)) > 0 for entity in ("i1", "u1")] == [True, False]


def test_what_is_readable_is_told(redis_url: str, store: Store) -> None:
    told = list[tuple[int, int, int]]()

    def on_written(writes: HashWrites) -> None:
        told.append((len(writes.keys), writes.published_ms, len(store.get())))

    found = RedisSink(redis_url, Path("unused"), 3, on_written, never)
    assert (found.list_parts(), found.part_fn("2")) == (["0", "1", "2"], 2)
    partition = found.build_part("out", "2", None)
    write(partition, writes({"key": store.key("u1"), "as_of": 1, "a": "1"}))
    partition.snapshot()
    partition.close()
    assert told == [(1, 7, 3)]


KEYS = ("rule:user:1", "rule:user:2", "rule:user:3")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "as_of": st.integers(1, 4),
            "seq": st.integers(1, 3),
            "gone": st.booleans(),
        },
        optional={"a": st.text(), "b": st.text(max_size=3), "_spec": st.sampled_from(["s", "t"])},
    ),
    max_size=12,
)


def expected(rows: list[Row]) -> dict[str, Row]:
    """The guard, row by row: the store the script is compared with."""
    found = dict[str, Row]()
    for row in rows:
        stored = found.get(row["key"])
        if stored is not None:
            same = stored.get("_spec") == row.get("_spec")
            if place(row, same) < place(stored, same):
                continue
        found[row["key"]] = row
    return {key: row for key, row in found.items() if not row["gone"]}


def place(row: Row, same: bool) -> tuple[int, int]:
    return row["as_of"], (0 if row["gone"] else row["seq"]) if same else 0


@given(st.lists(ROWS, max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_rows_leave_what_the_rule_says(redis_server: RedisServer, batches: list[list[Row]]) -> None:
    """One row a key and batch: which of several counts is decided before Redis."""
    client, partition = redis_server.client(), sink(redis_server.url)
    client.delete(*KEYS)
    single = [list({row["key"]: row for row in batch}.values()) for batch in batches]
    for batch in single:
        write(partition, writes(*batch))
        write(partition, writes(*batch))  # as after a crash
    partition.close()
    want = {
        key: {"_as_of": str(row["as_of"]), "_seq": str(row["seq"])}
        | {name: row[name] for name in FIELDS if name in row}
        for key, row in expected([row for batch in single for row in [*batch, *batch]]).items()
    }
    have = {key: fields for key in KEYS if (fields := read_entity(client, *key.split(":")))}
    assert have == want


def many(prefix: str, count: int, as_of: int) -> HashWrites:
    return writes(
        *(
            {"key": entity_key(prefix, "user", f"u{n}"), "as_of": as_of, "a": f"{as_of}.{n}", "_spec": "s"}
            for n in range(count)
        )
    )


def test_a_killed_server_is_waited_for_and_nothing_is_lost(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    choose = random.Random(seed)
    caplog.set_level(logging.INFO)
    partition, stop = sink(own_redis.url), threading.Event()

    def disturb() -> None:
        for _ in range(3):
            time.sleep(choose.uniform(0.05, 0.3))
            own_redis.kill()
            time.sleep(choose.uniform(0.05, 0.3))
            own_redis.start()
        stop.set()

    trouble = threading.Thread(target=disturb)
    trouble.start()
    as_of = 0
    while not stop.is_set() or as_of < 5:
        as_of += 1
        partition.write_batch([many("k", 1_000, as_of)])
    trouble.join()
    partition.snapshot()
    client = own_redis.client()
    assert [read_entity(client, "k", "user", f"u{n}")["a"] for n in range(1_000)] == [
        f"{as_of}.{n}" for n in range(1_000)
    ]
    lost = [record for record in caplog.records if record.levelno == logging.WARNING]
    back = [record for record in caplog.records if "back after" in record.message]
    assert 1 <= len(lost) == len(back) <= 3
    assert all(f"Redis 127.0.0.1:{own_redis.port}: lost" in record.message for record in lost)


def test_a_paused_server_is_waited_for(own_redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    partition = sink(own_redis.url, timeout_s=0.2)
    write(partition, many("k", 100, 1))
    own_redis.pause()
    resume = threading.Timer(1.0, own_redis.resume)
    resume.start()
    write(partition, many("k", 100, 2))
    resume.join()
    assert read_entity(own_redis.client(), "k", "user", "u99")["a"] == "2.99"
    assert [record.levelname for record in caplog.records if "Redis 127" in record.message] == [
        "WARNING",
        "INFO",
    ]


def test_the_next_batch_is_made_while_redis_answers(own_redis: RedisServer) -> None:
    partition = sink(own_redis.url)
    write(partition, many("k", 1, 1))
    own_redis.pause()
    partition.write_batch([many("k", 10, 2)])  # a worker that waited here would never let Redis go on
    own_redis.resume()
    partition.snapshot()
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "2.9"


def test_the_last_batch_needs_no_other_to_be_sent_again(own_redis: RedisServer) -> None:
    told = threading.Event()
    found = RedisSink(own_redis.url, Path("unused"), 1, lambda writes: told.set(), never)
    own_redis.kill()
    found.build_part("out", "0", None).write_batch([many("k", 10, 1)])
    own_redis.start()
    assert told.wait(20)
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "1.9"


def test_a_wait_ends_when_told_to_stop(own_redis: RedisServer) -> None:
    told = threading.Event()
    partition = sink(own_redis.url, told.is_set)
    own_redis.kill()
    threading.Timer(0.3, told.set).start()
    with pytest.raises(Stopped, match="told to stop while waiting: lost"):
        write(partition, many("k", 1, 1))


def test_a_full_server_is_waited_for_and_named(own_redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    client = own_redis.client()
    client.config_set("maxmemory", "1")
    room = threading.Timer(0.4, client.config_set, ["maxmemory", "0"])
    room.start()
    write(sink(own_redis.url), many("k", 10, 1))
    room.join()
    assert read_entity(client, "k", "user", "u9")["a"] == "1.9"
    (said,) = [record.message for record in caplog.records]
    assert "its memory is full: raise its maxmemory" in said


def test_a_replica_is_waited_for_until_it_is_promoted(
    own_redis: RedisServer, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = own_redis.client()
    client.replicaof("127.0.0.1", redis_server.port)
    promoted = threading.Timer(0.8, client.replicaof, ["NO", "ONE"])
    promoted.start()
    write(sink(own_redis.url), many("replica", 10, 1))
    promoted.join()
    assert read_entity(client, "replica", "user", "u9")["a"] == "1.9"
    assert any("read-only replica" in record.message for record in caplog.records)


def test_an_emptied_script_cache_is_filled_again(own_redis: RedisServer) -> None:
    partition = sink(own_redis.url)
    write(partition, many("k", 10, 1))
    own_redis.client().script_flush()
    write(partition, many("k", 10, 2))
    assert read_entity(own_redis.client(), "k", "user", "u9")["a"] == "2.9"


def test_a_key_of_another_kind_is_an_error(store: Store) -> None:
    store.client.set(store.key("u1"), "mine")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        store.put(as_of=1, a="1")


def test_a_password_works_and_is_told_to_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = RedisServer(tmp_path / "redis", password="canary-4711").start()
    found = RedisSink(server.url, tmp_path, 1, lambda writes: None, never)
    partition = found.build_part("out", "0", None)
    write(partition, many("k", 1, 1))
    server.kill()
    restart = threading.Timer(0.2, server.start)
    restart.start()
    write(partition, many("k", 1, 2))
    restart.join()
    watch = RedisWatch(server.url, tmp_path, "k", checkpointed=True, stopping=never, clock=lambda: 0)
    client = connect(server.url, tmp_path)
    wrong = sink(server.url.replace("canary", "wrong-canary"))
    with pytest.raises(redis.AuthenticationError) as refused:
        write(wrong, many("k", 1, 3))
    server.kill()
    said = [repr(each) for each in (found, partition, watch, client, refused.value)] + [caplog.text]
    assert "canary" not in " ".join(said)
    assert "lost" in caplog.text


@pytest.mark.parametrize("url", ["redis://:canary/x@h:1/0", "canary", "http://canary@h", "redis://u:canary@h:port/0"])
def test_a_wrong_url_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(RedisUrlError, match="percent-encode") as refused:
        connect(url, tmp_path)
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_tls_is_spoken(tmp_path: Path) -> None:
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    places = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *places],
        check=True,
        capture_output=True,
    )
    tls = [
        "--tls-cert-file",
        str(tmp_path / "cert"),
        "--tls-key-file",
        str(tmp_path / "key"),
        "--tls-auth-clients",
        "no",
    ]
    other = RedisServer(tmp_path / "unused")
    server = RedisServer(
        tmp_path / "redis", *tls, "--tls-port", str(other.port), "--tls-ca-cert-file", str(tmp_path / "cert")
    ).start()
    try:
        write(sink(f"rediss://127.0.0.1:{other.port}/0?ssl_ca_certs={tmp_path / 'cert'}"), many("k", 500, 1))
        assert read_entity(server.client(), "k", "user", "u499")["a"] == "1.499"
    finally:
        server.kill()


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()


class Watching:
    """A watch with a clock that the test moves; `look` is one poll."""

    def __init__(self, server: RedisServer, checkpointed: bool = True, bounded: bool = False) -> None:
        self.now = 1_000_000
        self.stopped = False
        self.server = server
        watch = RedisWatch(
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
        assert self.partition.next_batch() == [Started()]

    def look(self) -> list[Signal]:
        self.now += 1_000
        return list(self.partition.next_batch())

    def marker(self) -> str:
        value = self.server.client().get(marker_key("fs")) or b""
        return _text(value).partition(" ")[0]


def filled(server: RedisServer) -> Watching:
    watching = Watching(server)
    assert watching.look() == [Refill()]
    watching.partition.snapshot()
    assert watching.look() == []
    assert watching.marker() == "filled"
    return watching


def test_an_empty_store_asks_once_and_is_marked_after_the_next_snapshot(own_redis: RedisServer) -> None:
    watching = Watching(own_redis)
    watching.partition.snapshot()
    assert watching.look() == [Refill()]
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
    assert watching.look() == [Refill()]
    assert watching.look() == []


def test_a_store_emptied_during_a_refill_asks_again(own_redis: RedisServer) -> None:
    watching = Watching(own_redis)
    assert watching.look() == [Refill()]
    watching.partition.snapshot()
    own_redis.flush()
    assert watching.look() == []
    assert watching.marker() == "", "a refill that was lost is not confirmed"
    assert watching.look() == [Refill()]


def test_the_next_run_finds_the_mark(own_redis: RedisServer) -> None:
    filled(own_redis)
    assert Watching(own_redis).look() == []


def test_a_refill_that_was_not_finished_is_repeated_by_the_next_run(own_redis: RedisServer) -> None:
    assert Watching(own_redis).look() == [Refill()]
    assert Watching(own_redis).look() == [Refill()]


def test_a_restarted_server_may_have_lost_writes(own_redis: RedisServer) -> None:
    watching = filled(own_redis)
    own_redis.kill()
    assert [watching.look() for _ in range(3)] == [[]] * 3, "an unreachable server says nothing"
    own_redis.start()
    assert watching.look() == [Refill()]
    watching.partition.snapshot()
    assert [watching.look(), watching.marker()] == [[], "filled"]


def test_a_hung_server_holds_the_worker_for_a_moment_only(own_redis: RedisServer) -> None:
    watching = filled(own_redis)
    own_redis.pause()
    began = time.monotonic()
    assert watching.look() == []
    assert [watching.partition.next_batch() for _ in range(50)] == [[]] * 50
    assert time.monotonic() - began < 1.0
    own_redis.resume()
    assert watching.look() == []


def test_without_checkpoints_the_mark_is_set_after_some_seconds(own_redis: RedisServer) -> None:
    watching = Watching(own_redis, checkpointed=False)
    assert watching.look() == [Refill()]
    for _ in range(4):
        assert watching.look() == []
        assert watching.marker() == "refilling"
    watching.look()
    watching.look()
    assert watching.marker() == "filled"


def test_a_bounded_watch_looks_once(own_redis: RedisServer) -> None:
    watching = Watching(own_redis, bounded=True)
    assert watching.look() == [Refill()]
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
    watch = RedisWatch(
        own_redis.url, Path("unused"), "fs", checkpointed=False, stopping=never, clock=lambda: 1, bounded=True
    )
    signals = op.input("watch", flow, watch)
    op.output("seen", signals, TestingSink(seen))
    rows = op.map("rows", signals, lambda signal: ("1", many("fs", 10, 1)))
    op.output("store", rows, RedisSink(own_redis.url, Path("unused"), 2, lambda writes: None, never))
    run: Callable[..., None] = run_main
    run(flow)
    assert seen == [Started(), Refill()]
    assert read_entity(own_redis.client(), "fs", "user", "u9")["a"] == "1.9"


OTHER = """
import sys
from pathlib import Path
from connectors.redis import connect
client = connect(None, Path(sys.argv[1]))
client.hset("fs:user:u1", mapping={"a": sys.argv[2]})
print("ready", flush=True)
sys.stdin.readline()
"""


def other_process(var: Path, value: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OTHER, str(var), value]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str], kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate(input=None if kill else "\n", timeout=30)


def server_process(var: Path) -> int:
    return int(connect(None, var).info("server")["process_id"])


def gone(process: int) -> bool:
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if (Path("/proc") / str(process) / "stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_processes_of_a_folder_share_an_embedded_server(tmp_path: Path) -> None:
    first, second = other_process(tmp_path, "1"), other_process(tmp_path, "2")
    client = connect(None, tmp_path)
    assert read_entity(client, "fs", "user", "u1") == {"a": "2"}
    server = server_process(tmp_path)
    client.close()
    end(first)
    redis_embedded.release(tmp_path)
    assert not gone_at_once(server), "the second process still uses it"
    end(second)
    assert gone(server), "the last to leave stops it"
    client = connect(None, tmp_path)
    assert read_entity(client, "fs", "user", "u1") == {"a": "2"}
    redis_embedded.release(tmp_path)


def gone_at_once(process: int) -> bool:
    return not (Path("/proc") / str(process)).exists()


def test_an_embedded_server_outlives_a_killed_process_and_is_used_again(tmp_path: Path) -> None:
    end(other_process(tmp_path, "1"), kill=True)
    assert read_entity(connect(None, tmp_path), "fs", "user", "u1") == {"a": "1"}
    redis_embedded.release(tmp_path)
    assert not (tmp_path / "redis.sock").exists()


def test_what_a_killed_embedded_server_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    connect(None, tmp_path).hset("k", "a", "1")
    connect(None, tmp_path).save()
    os.kill(server_process(tmp_path), signal.SIGKILL)
    (tmp_path / "redis.pid").write_text("1")
    time.sleep(0.1)
    assert (tmp_path / "redis.sock").exists()
    assert connect(None, tmp_path).hget("k", "a") == b"1"
    redis_embedded.release(tmp_path)


def test_the_sink_brings_a_dead_embedded_server_back(tmp_path: Path) -> None:
    partition = RedisSink(None, tmp_path, 1, lambda writes: None, never).build_part("out", "0", None)
    write(partition, many("k", 10, 1))
    os.kill(server_process(tmp_path), signal.SIGKILL)
    write(partition, many("k", 10, 2))
    assert read_entity(connect(None, tmp_path), "k", "user", "u9")["a"] == "2.9"
    partition.close()
    redis_embedded.release(tmp_path)


def test_the_sink_waits_for_a_hung_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_embedded, "_ANSWER_S", 0.2)
    told = list[int]()
    found = RedisSink(None, tmp_path, 1, lambda writes: told.append(len(writes.keys)), never, timeout_s=0.2)
    partition, server = found.build_part("out", "0", None), server_process(tmp_path)
    os.kill(server, signal.SIGSTOP)
    resume = threading.Timer(1.0, os.kill, [server, signal.SIGCONT])
    resume.start()
    write(partition, many("k", 10, 1))
    resume.join()
    assert told == [10]
    partition.close()
    redis_embedded.release(tmp_path)


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert connect(None, deep).ping()
    socket = redis_embedded.socket_path(deep)
    assert len(os.fsencode(socket)) <= 100
    assert socket.exists()
    redis_embedded.release(deep)
    assert (deep / "redis.rdb").exists()
    assert not socket.exists()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "redis.rdb").write_bytes(b"REDIS0009" + b"\x99" * 50)
    with pytest.raises(EmbeddedRedisError, match=r"did not start: .*; its data is .*redis.rdb: move that file"):
        connect(None, tmp_path)
