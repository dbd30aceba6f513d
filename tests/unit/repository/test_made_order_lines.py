"""Tests that generated order lines can replace the real ones: the same fields, and a similar shape, for measuring."""

import json
from pathlib import Path

import polars as pl
import pytest

from benchmarks import w12
from benchmarks.measuring import made_lines
from tests.support.factories.order_events import decoded
from tests.support.factories.topics import retail_orders

ROWS = 50_000


def test_the_definitions_take_every_made_up_line() -> None:
    (source,) = w12.definitions().sources.values()
    events = decoded(source, retail_orders.payloads(made_lines.events(2_000)))
    assert not events.rejects
    assert len(events.times) == 2_000


@retail_orders.needs_retail
def test_they_have_the_fields_of_the_real_lines() -> None:
    made, real = made_lines.events(10), retail_orders.events(10)
    assert made.schema == real.schema


def test_they_are_ordered_by_time_and_always_the_same() -> None:
    events = made_lines.events(ROWS)
    assert events["timestamp"].is_sorted()
    assert events.equals(made_lines.events(ROWS))
    assert len(made_lines.events(0)) == 0


def test_their_shape_is_that_of_the_data_set() -> None:
    events = made_lines.events(ROWS)
    assert 0.2 < events["user_id"].null_count() / ROWS < 0.3
    refunds = events.filter(pl.col("event_type") == "refund")
    assert 0.015 < len(refunds) / ROWS < 0.025
    assert (refunds["quantity"] < 0).all()
    busiest = events.group_by("item_id").len()["len"].max()
    assert isinstance(busiest, int)
    assert 5 * ROWS / made_lines.ITEMS < busiest < 0.05 * ROWS


def test_without_the_data_set_a_run_says_what_takes_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(retail_orders, "RETAIL", tmp_path / "missing.parquet")
    assert w12.stream() == "made-up order lines"
    assert "HEADRACE_RETAIL" in capsys.readouterr().err
    assert [json.loads(line) for line in w12.payloads(30)] == made_lines.events(30).to_dicts()


def test_with_it_the_stream_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "lines.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(file)
    monkeypatch.setattr(retail_orders, "RETAIL", file)
    assert w12.stream() == "retail order lines"
