"""Tests mistakes in what a data set is asked of: each names its place, and nothing is written."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.errors import DatasetError, SpineError
from dataflows.history.datasets.spine import open_spine
from dataflows.history.selection import UndefinedFeature
from tests.support.factories.datasets import NOON, Shop, on_time, order, shop_in


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_in(tmp_path, on_time(order("u1", NOON, 5.0)))


@pytest.mark.parametrize(
    ("spine", "how", "said"),
    [
        ({"time": [NOON]}, {}, "no column user_id; its columns are time"),
        ({"user_id": ["u1"]}, {}, "no column time"),
        ({"user_id": ["u1"], "time": [None]}, {}, "column time, row 0 (the first is 0): null"),
        ({"user_id": ["u1", "u1"], "time": [NOON, None]}, {}, "column time, row 1 (the first is 0): null"),
        ({"user_id": [1.5], "time": [NOON]}, {}, "column user_id has values of type double"),
        (
            {"user_id": ["u1"], "time": [NOON], "user_spend_1h": [1]},
            {},
            "column user_spend_1h has the name of a feature",
        ),
        ({"user_id": ["u1"], "time": [NOON]}, {"entities": ["use_id"]}, "did you mean user_id"),
        ({"user_id": ["u1"], "time": [NOON]}, {"features": ["item_sold"]}, "add --entity item_id"),
        (
            {"user_id": ["u1"], "item_id": ["i1"], "time": [NOON]},
            {"entities": ["user_id", "item_id"], "features": ["user_spend_1h"]},
            "none of the requested features belongs to item_id",
        ),
        ({"user_id": ["u1"], "time": [NOON]}, {"entities": ["user_id", "user"]}, "is repeated"),
        ({"user_id": ["u1"], "time": [NOON]}, {"entities": []}, "expected the column of the ids"),
    ],
)
def test_a_mistake_names_its_place_and_nothing_is_written(
    shop: Shop, tmp_path: Path, spine: dict[str, list[Any]], how: dict[str, Any], said: str
) -> None:
    pq.write_table(pa.table(spine), tmp_path / "s.parquet")
    with pytest.raises((DatasetError, SpineError)) as error:
        shop.file(tmp_path / "s.parquet", tmp_path / "t.parquet", **how)
    assert said in str(error.value)
    assert not list(tmp_path.glob("*t.parquet*"))


@pytest.mark.parametrize("out", ["t.parquet", "t.csv"])
def test_a_spine_that_breaks_off_is_named(shop: Shop, tmp_path: Path, out: str) -> None:
    (tmp_path / "s.csv").write_text(f"user_id,time\nu1,{NOON}\nu1,{NOON},3\n")
    with pytest.raises(
        SpineError, match=r"s\.csv: row 1 \(the first is 0\): u1,\d+,3: the number of fields is 3; expected 2"
    ):
        request = shop.request(open_spine(tmp_path / "s.csv", ["user_id", "time"], typed=False))
        shop.builder(request).to_file(request, tmp_path / out)
    assert not list(tmp_path.glob("*t.*"))


def test_an_unknown_feature_is_refused_with_the_nearest_name(shop: Shop) -> None:
    with pytest.raises(UndefinedFeature, match=r"unknown feature 'user_spent_1h'; did you mean user_spend_1h\?"):
        shop.table(pa.table({"user_id": ["u1"], "time": [NOON]}), features=["user_spent_1h"])


def test_a_data_set_that_fails_leaves_the_one_before(shop: Shop, tmp_path: Path) -> None:
    pq.write_table(pa.table({"user_id": ["u1"], "time": [NOON]}), tmp_path / "s.parquet")
    shop.file(tmp_path / "s.parquet", tmp_path / "t.parquet")
    before = (tmp_path / "t.parquet").read_bytes()
    pq.write_table(pa.table({"user_id": ["u1", "u1"], "time": [NOON, -1]}), tmp_path / "s.parquet")
    with pytest.raises(SpineError):
        shop.file(tmp_path / "s.parquet", tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
