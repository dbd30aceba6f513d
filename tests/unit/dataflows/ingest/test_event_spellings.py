"""Tests events in real-world spellings: other spellings of the same event, and the sentences for refusals."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dataflows.definitions.loader import Source
from dataflows.ingest.decoding.decoder import EventBatch
from dataflows.metrics import NOT_FINITE
from tests.support.factories.definitions import ORDER_COLUMNS
from tests.support.factories.order_events import GOOD, NOW, decoded, event, reasons, source

COLUMNS = ORDER_COLUMNS | {"paid_at": "TIMESTAMP", "small": "INT32"}


@pytest.fixture
def orders(tmp_path: Path) -> Source:
    return source(tmp_path, columns=COLUMNS)


def written(**columns: str) -> bytes:
    """Returns a good event with other fields, in the given spelling."""
    fields = {name: msgspec.json.encode(value).decode() for name, value in GOOD.items()} | columns
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}").encode()


def only(of: Source, payload: bytes) -> EventBatch:
    """Decodes a payload among others, each of which is accepted."""
    events = decoded(of, [event(user_id="before"), payload, event(user_id="after")])
    assert events.frame["user_id"].to_list()[:: len(events.frame) - 1] == ["before", "after"]
    return events


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("quantity", "5.0", 5),
        ("quantity", "1e3", 1_000),
        ("quantity", "-0.0", 0),
        ("quantity", "12E-0", 12),
        ("quantity", "9007199254740993.0", 2**53 + 1),
        ("quantity", "1.767225600123456789e18", 1_767_225_600_123_456_789),
        ("quantity", "9223372036854775807.0", 2**63 - 1),
        ("quantity", "-9223372036854775808", -(2**63)),
        ("small", "2147483647.0", 2**31 - 1),
        ("amount", "5", 5.0),
        ("amount", "12345678901234567890123", 12345678901234567890123.0),
        ("amount", "NaN", None),
        ("amount", "-Infinity", None),
        ("amount", "Infinity", None),
        ("quantity", "NaN", None),
        ("category", "NaN", None),
        ("category", '"NaN, -Infinity"', "NaN, -Infinity"),
        ("category", r'"\"NaN\\"', '"NaN\\'),
        ("category", r'"a\u0000\nb"', "a\x00\nb"),
        ("timestamp", f"{NOW}.0", NOW),
        ("timestamp", "1.7672256e12", NOW),
    ],
)
def test_other_spellings_of_the_same(orders: Source, column: str, value: str, expected: Any) -> None:
    events = only(orders, written(**{column: value}))
    assert events.rejects == ()
    assert events.frame[column][1] == expected


@pytest.mark.parametrize("around", [b"\xef\xbb\xbf%b", b"%b\r\n", b" \t\r\n%b ", b"\xef\xbb\xbf\n%b\n"])
def test_what_may_stand_around_an_event(orders: Source, around: bytes) -> None:
    assert only(orders, around % event(user_id="u7")).frame["user_id"].to_list() == ["before", "u7", "after"]


def test_of_a_repeated_field_the_last_counts(orders: Source) -> None:
    payload = event(user_id="first")[:-1] + b', "user_id": "last"}'
    assert only(orders, payload).frame["user_id"][1] == "last"


@pytest.mark.parametrize(
    ("payload", "reason", "words"),
    [
        (written(quantity="5.5"), "wrong_type", ["quantity is 5.5", "a whole number"]),
        (written(quantity="9007199254740991.5"), "wrong_type", ["quantity is 9007199254740991.5"]),
        (written(quantity="9223372036854775808.0"), "wrong_type", ["9223372036854775808.0", "9223372036854775807"]),
        (written(quantity="9" * 400), "wrong_type", ["quantity is 999", "..."]),
        (written(small="2147483648"), "wrong_type", ["small is 2147483648", "INT32"]),
        (written(small="2147483648.0"), "wrong_type", ["small is 2147483648.0", "INT32"]),
        (written(amount="1e400"), "wrong_type", ["amount is 1e400", "a number that a double can hold"]),
        (written(amount='"5.0"'), "wrong_type", ['amount is "5.0"']),
        (written(gift="1"), "wrong_type", ["gift is 1", "true or false"]),
        (written(timestamp="NaN"), "wrong_type", ["timestamp is not finite", "requires it"]),
        (written(timestamp="null"), "wrong_type", ["timestamp is null", "requires it"]),
        (written(paid_at='"2026-01-01T00:00:00"'), "wrong_type", ["paid_at", "has no time zone"]),
        (written(paid_at='"soon"'), "wrong_type", ['paid_at is "soon"', "ISO 8601"]),
        (written(paid_at="1767225600000"), "wrong_type", ["paid_at is 1767225600000", "ISO 8601"]),
        (written(category=f'"{"x" * 5000}"', gift="7"), "wrong_type", ["gift is 7"]),
        (written(amount="-NaN"), "malformed", ["not a JSON object"]),
        (written(category=r'"\ud800"'), "malformed", ["half a surrogate pair"]),
        (b"", "malformed", ["empty"]),
        (b"\r\n", "malformed", ["empty"]),
        (b'{"event_type": "\xff"}', "malformed", ["not UTF-8"]),
        (event()[:-1] + b', "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "malformed", ["nested too deeply"]),
        (b"[1]", "wrong_type", ["the payload is [1]", "a JSON object"]),
        (b'{"event_type": "view"}', "missing_field", ["timestamp is missing", "orders"]),
    ],
    ids=lambda of: str(of)[:50],
)
def test_a_refusal_says_what_stood_where_and_what_was_expected(
    orders: Source, payload: bytes, reason: str, words: list[str]
) -> None:
    events = only(orders, payload)
    assert reasons(events) == [(1, reason)]
    assert [word for word in words if word not in events.rejects[0].detail] == []
    assert len(events.rejects[0].detail) < 300


def test_an_event_is_refused_once(orders: Source) -> None:
    events = only(orders, written(user_id="null", paid_at='"soon"', timestamp="-1.0", quantity="0.5"))
    assert reasons(events) == [(1, "wrong_type")]


def test_words_that_are_no_numbers_are_counted(orders: Source) -> None:
    counted = NOT_FINITE.labels("orders")
    before = counted._value.get()
    payloads = [written(amount="NaN", quantity="Infinity"), event(), written(category='"NaN"')]
    assert decoded(orders, payloads).rejects == ()
    assert decoded(orders, [*payloads, b"{"]).rejects != ()
    assert counted._value.get() - before == 4


def test_a_text_that_never_ends_hides_no_word_of_another_event(orders: Source) -> None:
    events = decoded(orders, [b'{"event_type": "view}', written(amount="NaN"), written(category='"NaN"')])
    assert reasons(events) == [(0, "malformed")]
    assert events.frame["amount"].to_list() == [None, None]
    assert events.frame["category"].to_list() == [None, "NaN"]


def test_seconds_with_a_fraction_are_exact_to_the_millisecond(tmp_path: Path) -> None:
    columns, unit = {**COLUMNS, "timestamp": "DOUBLE"}, {"column": "timestamp", "unit": "s"}
    of = source(tmp_path, columns=columns, event_time=unit)
    payloads = [written(timestamp=f"1767225600.{ms:03d}") for ms in range(1_000)]
    assert decoded(of, payloads).times.tolist() == [NOW + ms for ms in range(1_000)]
