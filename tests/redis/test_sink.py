"""Tests the online store on a real redis-server: a read never goes back in time, whatever is written."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.redis.endpoints.hash_writes import HashWrites
from connectors.redis.endpoints.sink import RedisSink
from tests.support.generators.seeds import seeds
from tests.support.services.redis_rows import FIELDS, Row, Store, never, read_entity, sink, write, writes
from tests.support.services.redis_server import RedisServer


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
        (10, 1, "t", True),  # a changed definition restarts its seq
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
        (10, 9, "s", False),  # a replay of its removal, before it returned
        (9, 9, "s", False),
        (10, 1, "t", True),  # from a removed definition
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
    """A row may return at the as_of of its removal, with its events counted from one."""
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
    written = list[tuple[int, int, int]]()

    def on_written(writes: HashWrites) -> None:
        written.append((len(writes.keys), writes.published_ms, len(store.get())))

    sink = RedisSink(redis_url, Path("unused"), 3, on_written, never)
    assert (sink.list_parts(), sink.part_fn("2")) == (["0", "1", "2"], 2)
    partition = sink.build_part("out", "2", None)
    write(partition, writes({"key": store.key("u1"), "as_of": 1, "a": "1"}))
    partition.snapshot()
    partition.close()
    assert written == [(1, 7, 3)]


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
    """Applies the guard row by row: the model of the script's store."""
    newest = dict[str, Row]()
    for row in rows:
        stored = newest.get(row["key"])
        if stored is not None:
            same = stored.get("_spec") == row.get("_spec")
            if place(row, same) < place(stored, same):
                continue
        newest[row["key"]] = row
    return {key: row for key, row in newest.items() if not row["gone"]}


def place(row: Row, same: bool) -> tuple[int, int]:
    return row["as_of"], (0 if row["gone"] else row["seq"]) if same else 0


@given(st.lists(ROWS, max_size=4))
@settings(max_examples=len(seeds(200)), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_rows_leave_what_the_rule_says(redis_server: RedisServer, batches: list[list[Row]]) -> None:
    """One row per key and batch: which of several counts is decided before Redis."""
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


def test_a_key_of_another_kind_is_left_and_told_and_others_are_written(redis_url: str, store: Store) -> None:
    calls: list[tuple[str, list[str]]] = []
    sink = RedisSink(
        redis_url, Path("unused"), 1, lambda writes: None, never, on_foreign=lambda *arguments: calls.append(arguments)
    )
    partition = sink.build_part("out", "0", None)
    store.client.set(store.key("u1"), "mine")
    store.client.lpush(store.key("u2"), "mine too")
    rows = [{"key": store.key(name), "as_of": 1, "a": "1"} for name in ("u1", "u0", "u2", "u3")]
    write(partition, writes(*rows))
    assert [names for _, names in calls] == [[store.key("u1"), store.key("u2")]]
    assert calls[0][0].startswith("Redis 127.0.0.1")
    assert store.client.get(store.key("u1")) == b"mine"
    assert [store.get(name).get("a") for name in ("u0", "u3")] == ["1", "1"]
    store.client.delete(store.key("u1"))
    write(partition, writes({"key": store.key("u1"), "as_of": 2, "a": "2"}))
    assert store.get("u1")["a"] == "2"
