"""Tests decoding payloads to events: what is accepted, and every reason for a rejection."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from tests.support.factories.definitions import ORDER_COLUMNS
from tests.support.factories.order_events import NOW, decoded, event, reasons, source


def test_a_batch_becomes_a_typed_frame(tmp_path: Path) -> None:
    events = decoded(source(tmp_path), [event(amount=1, quantity=2, gift=True), event(user_id="é", amount=0.5)])
    assert events.rejects == ()
    assert events.times.tolist() == [NOW, NOW]
    assert events.newest == NOW
    assert events.frame.schema == {
        "event_type": pl.String,
        "user_id": pl.String,
        "item_id": pl.String,
        "category": pl.String,
        "quantity": pl.Int64,
        "amount": pl.Float64,
        "gift": pl.Boolean,
        "country": pl.String,
        "timestamp": pl.Int64,
    }
    assert events.frame["amount"].to_list() == [1.0, 0.5]
    assert events.frame["user_id"].to_list() == ["u1", "é"]
    assert events.frame["gift"].to_list() == [True, None]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"event_type": "\xff"}', "malformed"),
        (event() + event(), "malformed"),
        (b'{"x":' * 5_000, "malformed"),
        (b"null", "wrong_type"),
        (b"[1]", "wrong_type"),
        (event(quantity="3"), "wrong_type"),
        (event(quantity=3.5), "wrong_type"),
        (event(quantity=2**63), "wrong_type"),
        (event(amount=True), "wrong_type"),
        (event(amount="1.0"), "wrong_type"),
        (event(gift=1), "wrong_type"),
        (event(user_id=7), "wrong_type"),
        (event(event_type=None), "wrong_type"),
        (event(timestamp=NOW + 0.5), "wrong_type"),
        (msgspec.json.encode({"user_id": "u1", "timestamp": NOW}), "missing_field"),
        (msgspec.json.encode({"event_type": "view", "user_id": "u1"}), "missing_field"),
        (event(timestamp=-1), "bad_event_time"),
        (event(timestamp=99_999_999_999_999), "bad_event_time"),
        (event(timestamp=NOW + 300_001), "future"),
        (event(user_id=None), "no_entity"),
    ],
    ids=lambda of: str(of)[:60],
)
def test_a_bad_event_is_rejected_with_its_reason_and_costs_only_itself(
    tmp_path: Path, payload: bytes, reason: str
) -> None:
    payloads = [event(user_id="before"), payload, event(user_id="after")]
    events = decoded(source(tmp_path), payloads)
    assert reasons(events) == [(1, reason)]
    assert events.rejects[0].detail
    assert events.frame["user_id"].to_list() == ["before", "after"]
    assert events.rows.tolist() == [0, 2]


@pytest.mark.parametrize("payload", [event(timestamp=NOW + 300_000), event(item_id="i1", user_id=None)])
def test_what_just_passes(tmp_path: Path, payload: bytes) -> None:
    assert decoded(source(tmp_path), [payload]).rejects == ()


def test_rejects_of_every_kind_in_one_batch_keep_their_rows(tmp_path: Path) -> None:
    payloads = [event(timestamp=NOW + 10**9), b"{", event(user_id="good"), event(user_id=None)]
    events = decoded(source(tmp_path), payloads)
    assert sorted(reasons(events)) == [(0, "future"), (1, "malformed"), (3, "no_entity")]
    assert events.frame["user_id"].to_list() == ["good"]
    assert events.rows.tolist() == [2]


def test_a_null_event_time(tmp_path: Path) -> None:
    optional = source(tmp_path, required=["event_type"])
    events = decoded(optional, [event(timestamp=None), event()])
    assert reasons(events) == [(0, "no_event_time")]
    assert events.times.tolist() == [NOW]


def test_unknown_fields_are_ignored_or_rejected(tmp_path: Path) -> None:
    payload = event(colour="red")
    assert decoded(source(tmp_path / "a"), [payload]).rejects == ()
    strict = source(tmp_path / "b", unknown_fields="reject")
    assert reasons(decoded(strict, [event(), payload])) == [(1, "unknown_field")]


def test_two_halves_are_not_one_event(tmp_path: Path) -> None:
    """Joined by a line break the halves would be an event, and the pair would make up for the count."""
    first, second = b'{"event_type": "view", "user_id": "u1",', b'"timestamp": 1}'
    pair = event() + b" " + event()
    assert msgspec.json.decode(first + b"\n" + second)
    for payloads in ([first, second], [first, second, pair], [pair, first, second]):
        events = decoded(source(tmp_path), payloads)
        assert [reject.row for reject in events.rejects] == list(range(len(payloads)))
        assert {reject.reason for reject in events.rejects} <= {"malformed", "wrong_type"}
        assert len(events.frame) == 0


def test_a_payload_may_contain_line_breaks(tmp_path: Path) -> None:
    spread = event(user_id="u2").replace(b",", b",\n") + b"\n"
    events = decoded(source(tmp_path), [event(), spread, event(user_id="u3")])
    assert events.rejects == ()
    assert events.frame["user_id"].to_list() == ["u1", "u2", "u3"]


def test_a_line_break_in_a_text_is_no_json(tmp_path: Path) -> None:
    events = decoded(source(tmp_path), [b'{"event_type": "}\n{", "user_id": "u1", "timestamp": 1}'])
    assert reasons(events) == [(0, "malformed")]


@pytest.mark.parametrize(
    ("unit", "kind", "value", "ms"),
    [
        ("s", "INT64", 1_767_225_600, NOW),
        ("s", "DOUBLE", 1_767_225_600.1239, NOW + 123),
        ("ms", "INT64", NOW + 7, NOW + 7),
        ("us", "INT64", NOW * 1_000 + 999, NOW),
        ("us", "INT64", NOW * 1_000 - 1, NOW - 1),
        ("iso", "TIMESTAMP", "2026-01-01T00:00:00.007Z", NOW + 7),
        ("iso", "TIMESTAMP", "2026-01-01T01:00:00+01:00", NOW),
    ],
)
def test_event_times_in_every_unit(tmp_path: Path, unit: str, kind: str, value: Any, ms: int) -> None:
    columns = {**ORDER_COLUMNS, "timestamp": kind}
    of = source(tmp_path, columns=columns, event_time={"column": "timestamp", "unit": unit})
    events = decoded(of, [event(timestamp=value)])
    assert (events.times.tolist(), events.rejects) == ([ms], ())


def test_timestamps_are_utc(tmp_path: Path) -> None:
    columns = {**ORDER_COLUMNS, "paid_at": "TIMESTAMP"}
    of = source(tmp_path, columns=columns)
    events = decoded(of, [event(paid_at="2026-01-01T02:00:00+02:00"), event(paid_at="2026-01-01T02:00:00")])
    assert events.frame["paid_at"].to_list() == [datetime(2026, 1, 1, tzinfo=UTC)]
    assert reasons(events) == [(1, "wrong_type")]


def test_an_empty_batch(tmp_path: Path) -> None:
    events = decoded(source(tmp_path), [])
    assert (len(events.frame), events.newest, events.rejects) == (0, None, ())
