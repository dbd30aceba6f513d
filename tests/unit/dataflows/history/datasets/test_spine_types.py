"""Tests that columns of every type survive, in memory and in files; unsupported ones are refused by name."""

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.arrow_types import frame_of
from dataflows.history.datasets.errors import DatasetError, SpineError
from dataflows.history.datasets.spine import table_of
from tests.support.factories.datasets import NOON, Shop, on_time, order, shop_in
from tests.support.generators.seeds import some

INDIA = pa.timestamp("us", "+05:30")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_in(tmp_path, on_time(order("u1", NOON, 5.0)))


def spine(**more: pa.Array) -> pa.Table:
    return pa.table({"user_id": ["u1"], "time": [NOON + 1], **more})


def test_times_of_a_zone_without_a_name_are_read(shop: Shop) -> None:
    """pandas writes them; polars does not know such a zone, and gets them in UTC."""
    made = shop.table(
        pa.table({"user_id": ["u1"] * 2, "time": pa.array([NOON * 1000, NOON * 1000 + 1000], INDIA)}),
        features=["user_orders_1d"],
    )
    assert made.schema.field("time").type == INDIA
    assert made.column("user_orders_1d").to_pylist() == [0, 1]
    assert frame_of(made)["time"].dt.epoch("ms").to_list() == [NOON, NOON + 1]


def first_rows(folder: Path) -> list[dict[str, str]]:
    """Returns the first row of each text file, as Python reads it."""
    with (folder / "t.csv").open() as file:
        return [next(csv.DictReader(file)), json.loads((folder / "t.jsonl").read_text())]


def test_a_file_says_the_instant_of_each_time_to_its_last_digit(shop: Shop, tmp_path: Path) -> None:
    """Python reads back the written values."""
    moment = NOON * 1_000_000 + 123_456_789
    pq.write_table(
        spine(
            berlin=pa.array([moment // 1000], pa.timestamp("us", "Europe/Berlin")),
            india=pa.array([moment // 1000], INDIA),
            plain=pa.array([moment // 1000], pa.timestamp("us")),
            exact=pa.array([moment], pa.timestamp("ns", "UTC")),
        ),
        tmp_path / "s.parquet",
    )
    for ending in ("csv", "jsonl"):
        shop.file(tmp_path / "s.parquet", tmp_path / f"t.{ending}", features=["user_orders_1d"])
    expected = dt.datetime(2026, 1, 1, 12, 0, 0, 123_456)
    for row in first_rows(tmp_path):
        assert dt.datetime.fromisoformat(row["berlin"]) == expected.replace(tzinfo=dt.UTC)
        assert dt.datetime.fromisoformat(row["india"]) == expected.replace(tzinfo=dt.UTC)
        assert dt.datetime.fromisoformat(row["plain"]) == expected
        assert row["exact"] == "2026-01-01T12:00:00.123456789Z"


ODD = {
    "decimal": pa.array([Decimal("1.10")]),
    "wide": pa.array([Decimal("1.1")], pa.decimal256(50, 2)),
    "bytes": pa.array([b"\x00\xff"]),
    "nothing": pa.nulls(1),
    "span": pa.array([90_000_000], pa.duration("us")),
    "clock": pa.array([dt.time(1, 2)]),
    "small": pa.array(np.array([1.5], np.float16)),
    "large": pa.array([2**64 - 1], pa.uint64()),
    "nested": pa.array([{"x": [1, None], "y": "z"}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "fixed": pa.array([[1, 2]], pa.list_(pa.int64(), 2)),
    "words": pa.array(["a"]).dictionary_encode(),
}


@pytest.mark.parametrize("ending", some(["parquet", "csv", "jsonl"]))
@pytest.mark.parametrize("name", some(list(ODD)))
def test_a_column_of_any_type_is_written(shop: Shop, tmp_path: Path, name: str, ending: str) -> None:
    pq.write_table(spine(odd=ODD[name]), tmp_path / "s.parquet")
    manifest = shop.file(tmp_path / "s.parquet", tmp_path / f"t.{ending}", features=["user_orders_1d"])
    assert manifest.rows == 1
    if ending == "parquet":
        assert (
            pq.read_table(tmp_path / "t.parquet")
            .select(["odd"])
            .equals(pq.read_table(tmp_path / "s.parquet").select(["odd"]))
        )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), "column odd has values of type month_day_nano_interval"),
        (pa.RunEndEncodedArray.from_arrays([1], ["a"]), "column odd has values of type run_end_encoded"),
        (
            pa.StructArray.from_arrays([pa.array([(1, 2, 3)], pa.month_day_nano_interval())], ["x"]),
            "month_day_nano_interval inside struct",
        ),
    ],
)
def test_a_type_that_no_file_holds_is_refused_before_anything_is_read(shop: Shop, values: pa.Array, said: str) -> None:
    with pytest.raises(SpineError, match=said):
        shop.table(spine(odd=values))
    assert shop.history.asked == 0


def test_seconds_beyond_all_years_are_hashed(shop: Shop) -> None:
    made = shop.table(spine(odd=pa.array([2**62], pa.timestamp("s"))), features=["user_orders_1d"])
    assert made.column("odd").cast(pa.int64()).to_pylist() == [2**62]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (pa.array([2**64 - 1], pa.uint64()), "row 0 (the first is 0): 18446744073709551615; expected"),
        (pa.array([2**62], pa.timestamp("s")), "row 0 (the first is 0): 4611686018427387904 s since 1970"),
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), "row 0 (the first is 0): 2147483647 days since 1970"),
    ],
)
def test_a_time_beyond_all_years_is_shown_as_it_is(shop: Shop, time: pa.Array, said: str) -> None:
    with pytest.raises(SpineError) as error:
        shop.table(pa.table({"user_id": ["u1"], "time": time}))
    assert said in str(error.value)


def test_ids_that_pandas_made_real_are_refused_with_what_helps(shop: Shop) -> None:
    frame = pd.DataFrame({"user_id": [42, None], "time": [NOON, NOON]})
    with pytest.raises(SpineError, match=r"values of type double; .*\.astype\('Int64'\)"):
        shop.table(table_of(frame))
    kept = table_of(frame.astype({"user_id": "Int64"}))
    assert shop.table(kept, features=["user_orders_1d"]).column("user_orders_1d").to_pylist() == [0, 0]


class Anything:
    """An object that polars stores unchanged."""


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"user_id": ["u1", 2]}), "Conversion failed for column user_id with type object"),
        (pd.DataFrame([["u1", 1, 2]], columns=["user_id", "x", "x"]), "Duplicate column names found"),
        (pd.Series([1]), "a spine of type Series; expected a frame"),
        (pl.Series([1]), "a spine of type Series; expected a frame"),
        (pl.DataFrame({"o": pl.Series([Anything()], dtype=pl.Object)}), "column o has values of type Object"),
        (pl.DataFrame({"o": pl.Series([2**100], dtype=pl.Int128)}), "column o has values of type Int128"),
        ({"user_id": ["u1"]}, "a spine of type dict"),
    ],
)
def test_a_frame_that_is_no_table_is_refused(frame: Any, said: str) -> None:
    with pytest.raises(DatasetError) as error:
        table_of(frame)
    assert said in str(error.value)
