"""Tests data sets: each row of a spine with the values at its time, for any form of spine."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.manifest import manifest_path, read_manifest
from dataflows.history.datasets.spine import TableSpine, open_spine, tables
from tests.support.factories.datasets import DAY, HOUR, NOON, Shop, on_time, order, shop_in
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.oracle.equality import same

EMPTY = {"user_spend_1h": 0.0, "user_orders_1d": 0, "user_mean_1d": None, "user_last_country": None}
EVENTS = (
    order("u1", NOON, 5.0),
    order("u1", NOON + 10, 7.0),
    order("u2", NOON + 20, 1.5, "i2"),
    order("9007199254740993", NOON, 3.0),
    order("😀", NOON, 2.5),
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_in(tmp_path, on_time(*EVENTS))


def rows(**columns: Any) -> pa.Table:
    return pa.table(columns)


def test_a_question_is_answered_after_all_events_before_it(shop: Shop) -> None:
    times = [NOON - 1, NOON, NOON + 1, NOON + 10, NOON + 11]
    made = shop.table(rows(user_id=["u1"] * 5, time=times), features=["user_spend_1h"])
    assert made.column("user_spend_1h").to_pylist() == [0.0, 0.0, 5.0, 5.0, 12.0]


def test_the_tail_of_a_window_leaves_at_its_boundary(shop: Shop) -> None:
    end = NOON + HOUR + 60_000
    made = shop.table(rows(user_id=["u1"] * 3, time=[end - 1, end, NOON + 2 * DAY]), features=["user_spend_1h"])
    assert made.column("user_spend_1h").to_pylist() == [12.0, 0.0, 0.0]


def test_a_null_and_an_unknown_id_have_empty_values(shop: Shop) -> None:
    made = shop.table(rows(user_id=[None, "nobody", ""], time=[NOON + 1] * 3), features=list(EMPTY))
    assert made.drop_columns(["user_id", "time"]).to_pylist() == [EMPTY] * 3


def test_each_feature_is_of_its_own_entity(shop: Shop) -> None:
    spine = rows(buyer=["u1", "u2", None], item_id=["i2", None, "i1"], time=[NOON + 50] * 3)
    made = shop.table(spine, entities=["buyer=user_id", "item_id"], features=["item_sold", "user_orders_1d"])
    assert made.column_names == ["buyer", "item_id", "time", "item_sold", "user_orders_1d"]
    assert made.select(["item_sold", "user_orders_1d"]).to_pydict() == {
        "item_sold": [1, 0, 4],
        "user_orders_1d": [2, 1, 0],
    }


def test_ids_are_found_whatever_their_type(shop: Shop) -> None:
    for column in (
        pa.array([9007199254740993]),
        pa.array(["9007199254740993"]),
        pa.array([9007199254740993], pa.uint64()),
    ):
        made = shop.table(rows(user_id=column, time=[NOON + 1]), features=["user_orders_1d"])
        assert made.column("user_orders_1d").to_pylist() == [1]
    assert shop.table(rows(user_id=["😀"], time=[NOON + 1]), features=["user_spend_1h"])[2].to_pylist() == [2.5]


def test_the_columns_of_a_spine_come_through_untouched(shop: Shop) -> None:
    spine = pa.table(
        {
            "label": pa.array([3, 1, 1, 2], pa.int8()),
            "time": pa.array([NOON * 1000, 0, 0, NOON * 1000 + 1], pa.timestamp("us", "Europe/Berlin")),
            "user_id": pa.array(["u1", "u2", "u2", None]).dictionary_encode(),
            "amount": pa.array([1, None, None, 3]).cast(pa.decimal128(20, 0)),
            "parts": [[1], [], [], None],
        }
    )
    made = shop.table(spine, features=["user_orders_1d"])
    assert made.select(spine.column_names).equals(spine)
    assert made.schema.field("user_id").type == spine.schema.field("user_id").type


def test_columns_of_the_same_name_stay(shop: Shop) -> None:
    spine = pa.Table.from_arrays(
        [pa.array(["u1"]), pa.array([NOON + 1]), pa.array([1]), pa.array([2])], ["user_id", "time", "x", "x"]
    )
    made = shop.table(spine, features=["user_orders_1d"])
    assert [made.column(place).to_pylist() for place in (2, 3, 4)] == [[1], [2], [1]]


def test_features_stand_in_the_order_they_were_asked_in(shop: Shop) -> None:
    asked = ["user_spend_1h", "user_last_amounts", "user_mean_1d"]
    assert shop.table(rows(user_id=["u1"], time=[NOON]), features=asked).column_names[2:] == asked


def test_a_block_of_empty_lists_is_one_of_lists(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of the table joins its blocks."""
    monkeypatch.setattr(tables, "BLOCK_ROWS", 1)
    times = [NOON + 1, NOON + 2, NOON + 9 * DAY, NOON + 9 * DAY]
    made = shop.table(rows(user_id=["u1", None, "u1", "nobody"], time=times), features=["user_last_amounts"])
    assert made.combine_chunks().column("user_last_amounts").to_pylist() == [[5.0], [], [], []]


def test_an_empty_spine_gives_an_empty_data_set(shop: Shop) -> None:
    made = shop.table(rows(user_id=pa.array([], pa.string()), time=pa.array([], pa.int64())))
    assert made.num_rows == 0
    assert made.schema.field("user_last_amounts").type == pa.large_list(pa.float64())
    assert shop.history.asked == 0


def test_blocks_do_not_show(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    spine = rows(user_id=["u1", None, "u2", "u1", "😀", None, "u1"] * 5, time=[NOON + row for row in range(35)])
    whole = shop.table(spine)
    monkeypatch.setattr(tables, "BLOCK_ROWS", 3)
    assert shop.table(spine).equals(whole)


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_spines_of_all_kinds_give_the_same_values(shop: Shop, tmp_path: Path, ending: str) -> None:
    spine = pl.DataFrame({"user_id": ["u1", None, "u2"], "time": [NOON + 1, NOON, NOON + 21], "label": [1, 0, 1]})
    path = tmp_path / f"labels.{ending}"
    write: dict[str, Callable[[Path], object]] = {
        "parquet": spine.write_parquet,
        "csv": spine.write_csv,
        "jsonl": spine.write_ndjson,
    }
    write[ending](path)
    shop.file(path, tmp_path / "train.parquet")
    written = pl.read_parquet(tmp_path / "train.parquet")
    assert written.equals(pl.DataFrame(shop.table(pa.table(spine.to_arrow(compat_level=pl.CompatLevel.oldest())))))


def test_csv_and_json_lines_hold_the_same_as_parquet(shop: Shop, tmp_path: Path) -> None:
    pq.write_table(rows(user_id=["u1", None], time=[NOON + 11, NOON], note=['a,"b"\n', ""]), tmp_path / "s.parquet")
    asked = ["user_last_amounts", "user_mean_1d"]
    shop.file(tmp_path / "s.parquet", tmp_path / "t.csv", features=asked)
    shop.file(tmp_path / "s.parquet", tmp_path / "t.jsonl", features=asked)
    assert pl.read_csv(tmp_path / "t.csv").rows() == [
        ("u1", NOON + 11, 'a,"b"\n', "[7.0,5.0]", 6.0),
        (None, NOON, "", "[]", None),
    ]
    assert pl.read_ndjson(tmp_path / "t.jsonl").rows() == [
        ("u1", NOON + 11, 'a,"b"\n', [7.0, 5.0], 6.0),
        (None, NOON, "", [], None),
    ]


def test_a_csv_file_into_a_csv_file_keeps_every_spelling(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("user_id,time,x\nu1,2026-01-01T12:00:00Z,1.10\nu1,2026-01-01T12:00:00Z,007\n")
    request = shop.request(_texts(tmp_path / "s.csv"), features=["user_orders_1d"])
    shop.builder(request).to_file(request, tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[1:] == ["u1,2026-01-01T12:00:00Z,1.10,0", "u1,2026-01-01T12:00:00Z,007,0"]


def _texts(path: Path) -> Any:
    return open_spine(path, ["user_id", "time"], typed=False)


def test_the_manifest_is_in_the_metadata_and_beside(shop: Shop, tmp_path: Path) -> None:
    pq.write_table(rows(user_id=["u1"], time=[NOON + 1]), tmp_path / "s.parquet")
    manifest = shop.file(tmp_path / "s.parquet", tmp_path / "t.parquet")
    assert read_manifest(tmp_path / "t.parquet") == manifest
    assert manifest_path(tmp_path / "t.parquet").read_text() == manifest.text()
    assert manifest.rows == 1
    assert [feature.feature for feature in manifest.features] == list(manifest.asked.features)
    assert manifest.definitions.keys() >= {"sources/orders.yaml", "user/user_spend_1h.yaml"}
    assert "item/item_sold.yaml" not in manifest.definitions
    assert manifest.profile["user_orders_1d"]["mean"] == 1


def test_a_job_goes_on_with_what_is_done(shop: Shop) -> None:
    request = shop.request(TableSpine(rows(user_id=["u1"], time=[NOON + 1])))
    builder = shop.builder(request)
    first = builder.to_table(request)
    questions = builder.job.questions("user_id", 0).stat().st_mtime_ns
    assert builder.to_table(request).equals(first)
    assert builder.job.questions("user_id", 0).stat().st_mtime_ns == questions


def test_random_questions_have_the_values_of_brute_force(tmp_path: Path) -> None:
    rng = rng_of(fresh_seed())
    times = np.sort(rng.integers(0, 2 * DAY, 60)) + NOON
    events = [
        order(f"u{rng.integers(3)}", int(time), float(rng.integers(100)) / 4, f"i{rng.integers(2)}") for time in times
    ]
    shop = shop_in(tmp_path, on_time(*events))
    asked = [f"u{number}" for number in rng.integers(4, size=200)]
    at = [int(time) for time in rng.choice(times, 200) + rng.choice([-1, 0, 1, HOUR, DAY], 200)]
    made = pl.DataFrame(shop.table(rows(user_id=asked, time=at)))
    features = shop.definitions.of_entity("user_id")
    expected = shop.history.at(shop.definitions, "user_id", list(zip(asked, at, strict=True)))
    wrong = [
        (row, feature.feature_name)
        for row, values in enumerate(expected)
        for feature in features
        if not same(values[feature.feature_name], made[feature.feature_name].to_list()[row], feature.value_type)
    ]
    assert wrong == []
    assert made["user_id"].to_list() == asked
    assert all(earlier <= other for earlier, other in pairwise(times))
