"""Columns of a sample: the narrowest type that takes every value, times by their size, entities by their name."""

import json
from pathlib import Path

import pytest

from governance.scaffolding import InvalidSample, SampledEvents

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
        (float(NOON_S), None),
        ("2026-01-01T12:00:00Z", "iso"),
        ("noon", None),
    ],
)
def test_times(value: object, unit: str | None) -> None:
    assert SampledEvents.of([{"at": value}]).times.get("at") == unit


def test_a_time_that_some_events_lack_is_none() -> None:
    sample = SampledEvents.of([{"at": NOON_S, "n": 1}, {"n": 2}])
    assert (sample.times, sample.required) == ({}, ("n",))


def test_entities_and_what_is_left_out() -> None:
    sample = SampledEvents.of([{"user_id": "u", "ID_id": "u", "item_id": 5, "rate_id": 0.5, "a-b": 1, "nested": {}}])
    assert sample.entities == ("user_id", "item_id")
    assert sample.left_out == ("a-b", "nested")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no event"),
        ("\n\n", "has no event"),
        ('{"a": 1}\n[1]\n', ":2: expected a JSON object"),
        ('{"a": 1}\n{"a"', ":2: is no JSON"),
        ('{"a": ' + "[" * 100_000, ":1: is no JSON"),
    ],
)
def test_a_file_that_is_no_sample_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(text)
    with pytest.raises(InvalidSample, match=words):
        SampledEvents.read(file)


def test_a_long_sample_is_read_in_part(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(10_000)) + '{"later": 1}\n')
    assert SampledEvents.read(file).columns == {"n": "INT64"}
