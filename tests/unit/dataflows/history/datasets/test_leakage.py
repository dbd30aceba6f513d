"""Tests values known at the time against values from all events: shares, distances, and each row that differs."""

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from dataflows.history.datasets.manifest import Manifest
from dataflows.history.datasets.spine import TableSpine
from dataflows.history.datasets.table import FeatureLeakage, differing
from tests.support.factories.datasets import NOON, Shop, order, shop_in
from tests.support.oracle.answered_history import AnsweredHistory

LATE = AnsweredHistory(
    [order("u1", NOON, 5.0), order("u1", NOON + 10, 7.0), order("u2", NOON, 1.0)],
    [NOON + 1_000, NOON + 10, NOON],
)
SPINE = pa.table(
    {"user_id": ["u1", "u1", "u1", "u2", None], "time": [NOON + 1, NOON + 20, NOON + 1_000, NOON + 1, NOON]}
)
ASKED = ["user_spend_1h", "user_last_country", "user_last_amounts"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_in(tmp_path, LATE)


def made(shop: Shop, leakage: Path | None = None, **how: Any) -> Manifest:
    request = shop.request(TableSpine(SPINE), features=ASKED, **how)
    return shop.builder(request).to_file(request, shop.specs.parent / "t.parquet", leakage)


def values(shop: Shop, feature: str) -> list[Any]:
    return pl.read_parquet(shop.specs.parent / "t.parquet").get_column(feature).to_list()


def test_the_report_tells_shares_and_distances(shop: Shop) -> None:
    spend, country, amounts = made(shop).leakage
    assert spend == FeatureLeakage("user_spend_1h", 5, 2, 5.0, 5.0)
    assert spend.share == 0.4
    assert country == FeatureLeakage("user_last_country", 5, 1)
    assert amounts.differing == 2


def test_known_counts_what_had_arrived_by_then(shop: Shop) -> None:
    made(shop, mode="known")
    assert values(shop, "user_spend_1h") == [0.0, 7.0, 12.0, 1.0, 0.0]
    assert values(shop, "user_last_country") == [None, "DE", "DE", "DE", None]


def test_a_lag_delays_what_is_known(shop: Shop) -> None:
    made(shop, mode="known", lag_ms=1)
    assert values(shop, "user_spend_1h") == [0.0, 7.0, 7.0, 1.0, 0.0]
    made(shop, mode="known", lag_ms=11)
    assert values(shop, "user_spend_1h") == [0.0, 0.0, 7.0, 0.0, 0.0]


def test_every_row_that_differs_is_written(shop: Shop, tmp_path: Path) -> None:
    made(shop, tmp_path / "leakage.parquet")
    table = pl.read_parquet(tmp_path / "leakage.parquet").filter(pl.col("feature") != "user_last_amounts")
    assert table.drop("time").rows() == [
        (0, "user_id", "u1", "user_spend_1h", "5.0", "0.0"),
        (1, "user_id", "u1", "user_spend_1h", "12.0", "7.0"),
        (0, "user_id", "u1", "user_last_country", "DE", None),
    ]
    assert table.get_column("time").dt.epoch("ms").to_list() == [NOON + 1, NOON + 20, NOON + 1]


def test_lists_are_written_as_json(shop: Shop, tmp_path: Path) -> None:
    made(shop, tmp_path / "leakage.csv")
    table = pl.read_csv(tmp_path / "leakage.csv").filter(pl.col("feature") == "user_last_amounts")
    assert table.select("true", "known").rows() == [("[5.0]", "[]"), ("[7.0,5.0]", "[7.0]")]


@pytest.mark.parametrize(
    ("left", "other", "wrong"),
    [
        (pl.Series([1, None, 3]), pl.Series([1, None, 4]), [False, False, True]),
        (
            pl.Series([1e300, 0.0, float("inf")]),
            pl.Series([1e300 * (1 + 1e-12), 1e-300, float("inf")]),
            [False, True, False],
        ),
        (pl.Series(["a", None]), pl.Series(["a", "b"]), [False, True]),
        (pl.Series([[1.0, 2.0], [], None]), pl.Series([[1.0, 2.0 + 1e-12], [1.0], []]), [False, True, True]),
        (pl.Series([["a"], ["a"]]), pl.Series([["a"], ["b"]]), [False, True]),
        (pl.Series([[1.0, None]]), pl.Series([[1.0, 2.0]]), [True]),
        (pl.Series([True]), pl.Series([False]), [True]),
    ],
)
def test_values_are_the_same_within_what_adding_in_another_order_changes(
    left: pl.Series, other: pl.Series, wrong: list[bool]
) -> None:
    assert differing(left, other).to_list() == wrong
    assert differing(other, left).to_list() == wrong
