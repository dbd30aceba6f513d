"""Tests all entities at given times, without a spine."""

from pathlib import Path

import pyarrow as pa
import pytest

from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.questions import select
from dataflows.history.datasets.questions.ticks import Ticks, at_every, at_time, time_of
from dataflows.history.datasets.request import DatasetRequest, sha256_of
from dataflows.history.datasets.table import ValueMode
from dataflows.history.job import Job
from tests.support.factories.datasets import DAY, HOUR, NOON, Shop, order, shop_in
from tests.support.oracle.answered_history import AnsweredHistory


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    events = [order("u2", NOON, 5.0), order("u1", NOON + HOUR, 7.0), order("u1", NOON + HOUR, 1.0)]
    return shop_in(tmp_path, AnsweredHistory(events, [NOON, NOON + DAY, NOON + HOUR]))


def made(shop: Shop, ticks: Ticks, mode: ValueMode = "true") -> pa.Table:
    selection = select(shop.definitions, ["user_id"], ["user_orders_1d"])
    request = DatasetRequest(selection, {}, ticks, sha256_of(ticks), mode)
    return DatasetBuilder(Job(request.folder(shop.var), shards=8), shop.history, lambda: NOON).to_table(request)


def test_all_entities_that_have_had_an_event_before_a_time(shop: Shop) -> None:
    assert made(shop, at_time("user_id", NOON)).num_rows == 0
    assert made(shop, at_time("user_id", NOON + 1)).column("user_id").to_pylist() == ["u2"]
    assert made(shop, at_time("user_id", NOON + 9 * DAY)).to_pydict()["user_orders_1d"] == [0, 0]


def test_rows_are_in_the_order_of_time_and_id(shop: Shop) -> None:
    table = made(shop, at_every("user_id", HOUR, NOON, NOON + 2 * HOUR + 1))
    assert table.column_names == ["user_id", "time", "user_orders_1d"]
    assert table.schema.field("time").type == pa.timestamp("ms", "UTC")
    assert table.column("user_id").to_pylist() == ["u2", "u1", "u2"]
    assert table.column("time").cast(pa.int64()).to_pylist() == [NOON + HOUR, NOON + 2 * HOUR, NOON + 2 * HOUR]
    assert table.column("user_orders_1d").to_pylist() == [1, 2, 1]


def test_known_counts_what_had_arrived(shop: Shop) -> None:
    table = made(shop, at_time("user_id", NOON + 2 * HOUR), "known")
    assert table.select(["user_id", "user_orders_1d"]).to_pylist() == [
        {"user_id": "u1", "user_orders_1d": 1},
        {"user_id": "u2", "user_orders_1d": 1},
    ]


@pytest.mark.parametrize(
    ("first", "last", "every", "said"),
    [
        (NOON, NOON - 1, HOUR, "is before --from"),
        (-1, NOON, HOUR, "expected a time from 1970 to 2999"),
        (0, NOON, 1_000, "expected at most 1,000,000"),
    ],
)
def test_times_that_cannot_be_asked_are_refused(first: int, last: int, every: int, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        at_every("user_id", every, first, last)


@pytest.mark.parametrize("text", [str(NOON), "2026-01-01T12:00:00Z", "2026-01-01 13:00:00+01:00", "2026-01-01T12:00"])
def test_a_time_is_written_in_many_ways(text: str) -> None:
    assert time_of(text, "--at") == NOON


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(DatasetError, match="--at 'noon'; expected a time such as"):
        time_of("noon", "--at")
