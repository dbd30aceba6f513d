"""Tests that an oversized event is refused with its reason, affects no other, and leaves a dead letter of bounded
size."""

import hashlib
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from connectors.messages import RawBatch
from dataflows.definitions.loader import Source, load
from dataflows.ingest.decoding.decoder import Decoder, EventBatch
from dataflows.ingest.event_limits import EventLimits
from dataflows.ingest.state_texts import kept_columns
from dataflows.rows import dead_letters
from dataflows.runtime.options import event_limits
from dataflows.runtime.settings import Settings
from tests.support.factories.definitions import PLAIN, write
from tests.support.factories.order_events import NOW, event, reasons, source

LIMITS = EventLimits(event_bytes=2_000, id_bytes=100, text_bytes=500)


@pytest.fixture
def orders(tmp_path: Path) -> Source:
    return source(tmp_path)


def limited(of: Source, payloads: list[bytes], limits: EventLimits = LIMITS) -> EventBatch:
    """Returns the events within limits; of texts, the category is kept."""
    return Decoder(of, limits, {"category"})(RawBatch("0", payloads, NOW, NOW, str))


@pytest.mark.parametrize("bad", [[], [b"{"]], ids=["at once", "one by one"])
@pytest.mark.parametrize(
    ("columns", "reason", "words"),
    [
        ({"country": "x" * 3_000}, "too_large", ["3,0", "2,000 (HEADRACE_MAX_EVENT_BYTES)"]),
        ({"user_id": "x" * 101}, "id_too_long", ["user_id has 101 bytes", "100 (HEADRACE_MAX_ID_BYTES)"]),
        ({"user_id": "é" * 51}, "id_too_long", ["user_id has 102 bytes"]),
        ({"item_id": "x" * 101}, "id_too_long", ["item_id"]),
        ({"category": "x" * 501}, "text_too_long", ["category has 501 bytes", "500 (HEADRACE_MAX_TEXT_BYTES)"]),
    ],
)
def test_what_is_beyond_a_limit_costs_only_itself(
    orders: Source, bad: list[bytes], columns: dict[str, str], reason: str, words: list[str]
) -> None:
    payloads = [event(user_id="before"), event(**columns), event(user_id="after"), *bad]
    events = limited(orders, payloads)
    assert sorted(reasons(events)) == [(1, reason), *((3, "malformed") for _ in bad)]
    detail = next(reject.detail for reject in events.rejects if reject.row == 1)
    assert [word for word in words if word not in detail] == []
    assert events.frame["user_id"].to_list() == ["before", "after"]


@pytest.mark.parametrize(
    "columns",
    [{"user_id": "x" * 100}, {"user_id": "é" * 50}, {"category": "x" * 500}, {"country": "x" * 1_000}],
    ids=lambda of: str(of)[:30],
)
def test_what_is_within_its_limit_is_taken(orders: Source, columns: dict[str, str]) -> None:
    assert limited(orders, [event(**columns), event(user_id=None, item_id="i")]).rejects == ()


def test_an_event_of_just_the_limit_is_taken(orders: Source) -> None:
    payload = event(country="x" * (2_000 - len(event(country=""))))
    assert len(payload) == 2_000
    assert limited(orders, [payload]).rejects == ()
    assert reasons(limited(orders, [payload + b" "])) == [(0, "too_large")]


@pytest.mark.parametrize("empty_id", [False, True])
def test_an_empty_id_is_nobody_unless_told_otherwise(orders: Source, empty_id: bool) -> None:
    payloads = [event(user_id=""), event(user_id="", item_id="i"), event(user_id="", item_id=""), event()]
    events = limited(orders, payloads, replace(LIMITS, empty_id=empty_id))
    assert reasons(events) == ([] if empty_id else [(0, "no_entity"), (2, "no_entity")])
    assert events.frame["user_id"].to_list() == (["", "", "", "u1"] if empty_id else [None, "u1"])


@pytest.mark.parametrize("user", ["two\nlines", "nul\x00", "\x01\x1f\x7f", " ", "tab\t", "\u2028", "🎉" * 25, "a:b"])
def test_an_id_is_any_text(orders: Source, user: str) -> None:
    events = limited(orders, [event(user_id=user)])
    assert events.frame["user_id"].to_list() == [user]


def test_limits_are_settings() -> None:
    settings = Settings(max_event_bytes=5_000, max_id_bytes=64, max_text_bytes=7, empty_id="entity")
    assert event_limits(settings) == EventLimits(5_000, 64, 7, True)
    assert event_limits(Settings()) == EventLimits()


def test_texts_are_limited_where_a_feature_keeps_them(tmp_path: Path) -> None:
    of = source(tmp_path)
    kept = {"value": "item_id", "aggregation": "last", "value_type": "STRING"}
    counted = {"value": "country", "aggregation": "approx_distinct", "value_type": "INT64"}
    for name, feature in (("kept", kept), ("counted", counted)):
        write(tmp_path / f"{name}.yaml", {"feature_name": name, **PLAIN, "source": "orders", "window": "1h", **feature})
    assert kept_columns(of, load(tmp_path)) == {"item_id"}


@pytest.mark.parametrize("filler", [b"x", b"\xff", b"\x01", "é".encode(), "🎉".encode()], ids=str)
@pytest.mark.parametrize("size", [10, 262_144, 4_500_000])
def test_a_dead_letter_is_bounded_and_names_what_it_cuts(orders: Source, filler: bytes, size: int) -> None:
    payload = (filler * (size // len(filler) + 1))[:size]
    events = Decoder(orders)(RawBatch("7", [event(), payload], NOW, NOW, lambda row: f"7:{row}"))
    (letters,) = dead_letters.of_events(events)
    (encoded,) = letters.payloads
    assert len(encoded) < 2_000_000
    letter = msgspec.json.decode(encoded)
    assert (letter["position"], letter["partition"]) == ("7:1", "7")
    if size <= 262_144:
        assert "payload_bytes" not in letter
    else:
        assert letter["payload_bytes"] == size
        assert letter["payload_sha256"] == hashlib.sha256(payload).hexdigest()
        assert len(encoded) < 40_000
