"""Tests columns of a sample: the narrowest type that fits every value, times by their size, entities by their name."""

import json
from pathlib import Path

import pytest

from governance.authoring.scaffolding import InvalidSample, SampledEvents

NOON_S = 1_767_268_800


@pytest.mark.parametrize(
    ("values", "column_type"),
    [
        ([1, 2, None], "INT64"),
        ([1, 2.5], "DOUBLE"),
        ([2**63], None),
        ([-(2**63)], "INT64"),
        ([True, False], "BOOL"),
        ([True, 1], None),
        (["a", ""], "STRING"),
        (["a", 1], None),
        (["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00"], "TIMESTAMP"),
        (["2026-01-01 00:00:00+02:00", "20260101t000000.5z"], "TIMESTAMP"),
        (["2026-01-01T00:00:00"], "STRING"),
        (["2026-01-01"], "STRING"),
        ([None], None),
        ([{"a": 1}], None),
        ([["a"]], None),
    ],
)
def test_types(values: list[object], column_type: str | None) -> None:
    assert SampledEvents.of([{"x": value} for value in values]).columns.get("x") == column_type


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (NOON_S, "s"),
        (NOON_S * 1_000, "ms"),
        (NOON_S * 1_000_000, "us"),
        (NOON_S * 1_000_000_000, None),
        (7, None),
        (NOON_S + 0.25, "s"),
        (True, None),
        ("2026-01-01T12:00:00Z", "iso"),
        ("noon", None),
    ],
)
def test_times(value: object, unit: str | None) -> None:
    assert SampledEvents.of([{"at": value}]).times.get("at") == unit


def test_a_time_that_some_events_lack_is_none() -> None:
    sample = SampledEvents.of([{"at": NOON_S, "n": 1}, {"n": 2}])
    assert (sample.times, sample.required) == ({}, ("n",))
    assert sample.no_times == {"at": "missing or null in 1 of the events"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NOON_S * 1_000_000_000, "nanoseconds"),
        (str(NOON_S), "a number in quotes"),
        ("2026-01-01T12:00:00", "without a zone"),
        ("2026-01-01 12:00", "without a zone"),
    ],
)
def test_what_looks_like_a_time_and_is_none_has_its_reason(value: object, words: str) -> None:
    assert words in SampledEvents.of([{"at": value, "n": 1, "text": "noon"}]).no_times.pop("at")


def test_a_name_that_says_when_comes_before_a_number_of_the_size_of_a_time() -> None:
    sample = SampledEvents.of([{"price": NOON_S, "shipped_at": "2026-01-02T00:00:00Z", "ts": NOON_S}])
    assert list(sample.times) == ["ts", "shipped_at", "price"]


def test_entities_have_keys_in_lower_case() -> None:
    names = {"user_id": "u", "itemId": 5, "ShopID": "s", "rate_id": 0.5, "paid": 1, "USER_ID": "u"}
    assert SampledEvents.of([names]).entities == {"user_id": "user_id", "item_id": "itemId", "shop_id": "ShopID"}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"a-b": [1]}, "letters, digits and _"),
        ({"": [1]}, "letters, digits and _"),
        ({"gr\u00f6\u00dfe": [1]}, "letters, digits and _"),
        ({"n": [{}]}, "objects"),
        ({"n": [["a"]]}, "lists"),
        ({"n": [None, None]}, "always null"),
        ({"n": [2**70]}, "beyond 64 bits"),
        ({"n": [1, "a", None]}, "integers and strings"),
        ({"n": [True, 1, "a"]}, "booleans, integers and strings"),
    ],
)
def test_what_is_left_out_has_its_reason(values: dict[str, list[object]], why: str) -> None:
    ((name, seen),) = values.items()
    left_out = SampledEvents.of([{"ok": 1, name: value} for value in seen]).left_out
    assert list(left_out) == [name]
    assert why in left_out[name]


def test_of_names_that_differ_in_case_the_first_is_a_column() -> None:
    sample = SampledEvents.of([{"Amount": 1, "amount": 2}])
    assert (list(sample.columns), list(sample.left_out)) == (["Amount"], ["amount"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "contains no events"),
        ("\n\n", "contains no events"),
        ("[1]\n", ":1: is JSON, but not an object; expected one JSON object per line; `jq"),
        ('[\n  {"a": 1},\n  {"a": 1}\n]\n', ":1: is not JSON.*jq"),
        ("user_id,ts\nu1,5\n", ":1: is not JSON"),
        ('{"a": ' + "[" * 100_000, ":1: is nested too deeply"),
    ],
)
def test_a_file_that_is_no_sample_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(text)
    with pytest.raises(InvalidSample, match=words):
        SampledEvents.read(file)


def test_lines_that_are_no_events_are_left_out_and_named(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"n": 1}\n{"n"\n[2]\n\n{"n": 3}\n')
    sample = SampledEvents.read(file)
    assert (sample.events, sample.columns) == (2, {"n": "INT64"})
    assert [line.partition(": ")[0] for line in sample.refused] == [f"{file}:2", f"{file}:3"]


def test_a_long_sample_is_read_in_part(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(10_000)) + '{"later": 1}\n')
    assert SampledEvents.read(file).columns == {"n": "INT64"}
