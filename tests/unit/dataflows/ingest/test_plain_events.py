"""Tests events read by the kernel: the same columns, refusals and order as event by event, and as Python reads them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from dataflows.definitions import Source
from dataflows.definitions.model.source import EventTime
from dataflows.ingest import EventLimits
from dataflows.ingest.decoding.payload_reader import PayloadReader, ReadPayloads
from dataflows.ingest.decoding.plain_events import PlainEventReader
from tests.support.generators.json_spellings import JsonSpellings
from tests.support.generators.seeds import rng_of, seeds, some

COLUMNS = {
    "user_id": "STRING",
    "quantity": "INT64",
    "seventh": "INT32",
    "eighth__": "DOUBLE",
    "name_of_sixteen_": "STRING",
    "gift": "BOOL",
    "f": "FLOAT",
    "paid_at": "TIMESTAMP",
    "ts": "INT64",
}
LIMITS = EventLimits()
MANY = 300
"""Enough payloads for the kernel to be used."""


def source(required: tuple[str, ...] = (), unknown_fields: str = "ignore") -> Source:
    return Source.model_validate(
        {
            "name": "orders",
            "topic": "persistent://public/default/orders",
            "format": "json",
            "description": "",
            "columns": COLUMNS,
            "required": required,
            "event_time": EventTime(column="ts", unit="ms"),
            "entities": {"user_id": "user_id"},
            "unknown_fields": unknown_fields,
            "max_future_ms": 1,
        }
    )


def exactly(frame: pl.DataFrame) -> list[tuple[str, Any, list[Any]]]:
    """Returns the columns with doubles by their bits: -0.0 is not 0.0."""
    return [(column.name, column.dtype, words(column).to_list()) for column in frame]


def words(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Float64():
        return pl.Series(column.fill_null(0.5).to_numpy().view(np.int64)).set(column.is_null(), None)
    return column.cast(pl.Int64()) if isinstance(column.dtype, pl.Datetime) else column


def assert_same(payloads: ReadPayloads, other: ReadPayloads) -> None:
    assert exactly(payloads.frame) == exactly(other.frame)
    assert payloads.rows.tolist() == other.rows.tolist()
    assert (payloads.wrong, payloads.rejects, payloads.nulled) == (other.wrong, other.rejects, other.nulled)


def plain_of(payloads: list[bytes], of: Source | None = None, limits: EventLimits = LIMITS) -> list[bool]:
    plain: list[bool] = PlainEventReader(of or source(), limits)(payloads).plain.tolist()
    return plain


@pytest.mark.parametrize("unknown_fields", ["ignore", "reject"])
@pytest.mark.parametrize("wild", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", seeds(6))
def test_payloads_are_read_as_they_are_event_by_event(seed: int, wild: float, unknown_fields: str) -> None:
    chance = rng_of(seed)
    required = ((), ("ts",), ("ts", "user_id", "eighth__"), ("gift", "paid_at", "seventh"))[int(chance.integers(4))]
    limits = EventLimits(event_bytes=int(chance.choice([1_000_000, 250])), empty_id=bool(chance.integers(2)))
    made = JsonSpellings(COLUMNS, chance, wild)
    read = PayloadReader(source(required, unknown_fields), limits)
    for _ in some(range(10)):
        payloads = [made.payload() for _ in range(MANY)]
        assert_same(read(payloads), read.as_objects(payloads))


@pytest.mark.parametrize("seed", seeds(6))
def test_values_are_those_of_python(seed: int) -> None:
    made = JsonSpellings(COLUMNS, rng_of(seed), 0.0)
    payloads = [made.payload() for _ in range(2_000)]
    read = PlainEventReader(source(), EventLimits(empty_id=True))(payloads)
    assert read.plain.mean() > 0.9
    for row, payload in zip(read.frame.iter_rows(named=True), np.array(payloads, object)[read.plain], strict=True):
        event = json.loads(payload)
        read_by_python = {name: _typed(kind, event.get(name)) for name, kind in COLUMNS.items()}
        assert repr(row | {"paid_at": _ms(row["paid_at"])}) == repr(read_by_python), payload


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "TIMESTAMP":
        return None if value is None else _ms(datetime.fromisoformat(value))
    return float(value) if kind in ("FLOAT", "DOUBLE") else value


def _ms(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp() * 1_000)


@pytest.mark.parametrize(
    "payload",
    [
        '{"ts":1}',
        ' \n{ "ts" :\t1 }\r\n',
        '{"gift":true,"ts":1,"user_id":"a","quantity":-9223372036854775807}',
        '{"user_id":"' + "x" * 5_000 + '"}',
        '{"user_id":"漢字 😀","name_of_sixteen_":"ß"}',
        r'{"user_id":"a\"b\\c\/\b\f\n\r\té漢😀"}',
        '{"user_id":null,"paid_at":null,"f":null}',
        '{"f":15.299999999999999,"eighth__":-0.0}',
        '{"f":12345678901234567,"eighth__":1.5e300}',
        '{"other":{"a":[1,-2.5e3,"x",{}],"b":{"c":[[],[null,true,false]]}},"ts":1}',
        '{"name_of_sixteen":1,"name_of_sixteen__":2,"é":3,"ts":4}',
        '{"paid_at":"2026-W05-6T14Z"}',
    ],
)
def test_usual_spellings_are_plain(payload: str) -> None:
    assert plain_of([payload.encode()]) == [True]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}x",
        b'{"ts":1}}',
        b'{"ts":1,}',
        b'{"ts":1 "gift":true}',
        b'{"ts":1,"ts":1}',
        b'{"ts":-0}',
        b'{"ts":1.0}',
        b'{"ts":"1"}',
        b'{"ts":9223372036854775808}',
        b'{"seventh":-2147483649}',
        b'{"f":NaN}',
        b'{"f":18446744073709551616}',
        b'{"f":1e400}',
        b'{"f":00.5}',
        b'{"gift":1}',
        b'{"paid_at":"2026-01-01"}',
        b'{"user_id":"\xff"}',
        b'{"user_id":"\xc3"}',
        b'{"user_id":"\xed\xa0\x80"}',
        b'{"user_id":"\xc0\x80"}',
        b'{"user_id":"\xf4\x90\x80\x80"}',
        b'{"user_id":"\t"}',
        rb'{"user_id":"\ud83d"}',
        rb'{"user_id":"\ude00"}',
        b'{"user_id":"a',
        rb'{"user_id":"a\"}',
        b'{"other":[1,2}',
        b'{"other":[1,]}',
        b'{"other":{"a" 1}}',
        b'{"other":' + b"[" * 61 + b"]" * 61 + b"}",
        b"\xef\xbb\xbf" + b'{"ts":1}',
    ],
)
def test_what_must_be_looked_at_closely_is_not_plain(payload: bytes) -> None:
    good = b'{"ts":7,"user_id":"me"}'
    read = PlainEventReader(source(), LIMITS)([good, payload, good])
    assert read.plain.tolist() == [True, False, True]
    assert read.frame.select("ts", "user_id").rows() == [(7, "me")] * 2


def test_a_payload_ends_where_it_ends() -> None:
    """The next one would complete it."""
    cut = b'{"user_id":"abc","eighth__":1234567812345678}'
    for end in range(1, len(cut)):
        assert plain_of([cut[:end], cut[end:], cut]) == [False, False, True], end


def test_limits_and_required_columns_are_kept() -> None:
    payloads = [b'{"ts":1}', b'{"ts":1 }', b'{"ts":null}', b'{"f":1}', b'{"x":1,"ts":1}']
    assert plain_of(payloads, source(("ts",)), EventLimits(event_bytes=8)) == [True, False, False, False, False]
    assert plain_of(payloads, source(("ts",), "reject")) == [True, True, False, False, False]


def test_an_empty_id_is_nobody_unless_it_may_be_one() -> None:
    payload = [b'{"user_id":"","name_of_sixteen_":""}']
    for empty_id, expected in ((False, None), (True, "")):
        read = PlainEventReader(source(), EventLimits(empty_id=empty_id))(payload)
        assert read.frame.select("user_id", "name_of_sixteen_").rows() == [(expected, "")]


def test_a_text_of_megabytes_is_read() -> None:
    text = "0123456789é\n" * 500_000
    payloads = [b'{"ts":1}'] * MANY + [json.dumps({"user_id": text, "ts": 2}).encode(), b'{"ts":3}']
    read = PayloadReader(source(), EventLimits(event_bytes=20_000_000))
    assert read(payloads).frame["user_id"][MANY] == text
    assert_same(read(payloads), read.as_objects(payloads))


def test_a_frame_stays_as_it_is_when_others_are_read() -> None:
    made = JsonSpellings(COLUMNS, rng_of(1), 0.0)
    batches = [[made.payload() for _ in range(MANY)] for _ in range(8)]
    read = PayloadReader(source(), LIMITS)
    results = [read(batch) for batch in batches]
    for result, batch in zip(results, batches, strict=True):
        assert_same(result, read.as_objects(batch))


@pytest.mark.long
def test_workers_share_a_reader() -> None:
    made = JsonSpellings(COLUMNS, rng_of(2), 0.0)
    batches = [[made.payload() for _ in range(MANY + 50 * number)] for number in range(8)]
    read = PayloadReader(source(), LIMITS)
    with ThreadPoolExecutor(4) as workers:
        results = list(workers.map(read, batches * 5))
    for result, batch in zip(results, batches * 5, strict=True):
        assert_same(result, read.as_objects(batch))


def test_not_finite_numbers_are_counted_behind_a_broken_payload() -> None:
    """Its last backslash escapes no line break."""
    payloads = [b'{"user_id":"a\\', b'{"f":NaN}', b'{"user_id":"NaN","f":-Infinity}']
    assert PayloadReader(source(), LIMITS).as_objects(payloads).nulled == 2
