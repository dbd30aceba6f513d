"""Tests values and their types: unfit values are null and counted by reason, all others are unchanged."""

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from dataflows.aggregations.totals import Totals, as_doubles
from dataflows.definitions.loader import Definitions
from dataflows.null_counts import NulledValues
from dataflows.rows.assembler import FeatureRows, RowAssembler
from dataflows.rows.fitting import fitted, fitted_series
from dataflows.windows.clocks import WallClock
from dataflows.windows.messages import ShardRows
from tests.support.dataflow.shards.shard import Shard
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.event_facts import Event

FOREVER = {"source": "orders", "window": "lifetime"}
LARGEST_FLOAT = 3.4028234663852886e38
ROUNDS_UP = 3.4028235677973366e38
NS = 1_767_225_600_123_456_789
FITS: list[tuple[str, list[float], list[float | None], int, int]] = [
    ("INT32", [2**31 - 1, 2**31, -(2**31), -(2**31) - 1], [2**31 - 1, None, -(2**31), None], 2, 0),
    ("INT64", [2**63 - 1, -(2**63)], [2**63 - 1, -(2**63)], 0, 0),
    ("INT64", [2.0**63, -(2.0**63), 1.9, -1.9, math.nan], [None, -(2**63), 1, -1, None], 1, 1),
    ("INT32", [2.0**31 - 0.5, 2.0**31, -(2.0**31) - 0.5], [2**31 - 1, None, -(2**31)], 1, 0),
    ("DOUBLE", [1.7e308, math.inf, -math.inf, math.nan, -0.0], [1.7e308, None, None, None, -0.0], 0, 3),
    ("DOUBLE", [2**63 - 1, -1], [2.0**63, -1.0], 0, 0),
    ("FLOAT", [LARGEST_FLOAT, ROUNDS_UP, -1e300, math.nan, 0.1], [LARGEST_FLOAT, None, None, None, 0.1], 2, 1),
    ("TIMESTAMP", [253_402_300_799_999, 253_402_300_800_000, -(2**63)], [253_402_300_799_999, None, None], 2, 0),
]


@pytest.mark.parametrize(("value_type", "values", "held", "overflow", "not_finite"), FITS)
def test_what_a_type_cannot_hold_is_null_and_counted(
    value_type: str, values: list[float], held: list[float | None], overflow: int, not_finite: int
) -> None:
    """In a column of only values, in one with missing values among them, and in a polars column."""
    column = np.array(values)
    column_fitted = fitted((column, None), value_type)
    assert (column_fitted.values.to_pylist(), column_fitted.overflow, column_fitted.not_finite) == (
        held,
        overflow,
        not_finite,
    )
    exist = np.array([True, False] * len(values))
    twice = fitted((np.repeat(column, 2), exist), value_type)
    assert twice.values.to_pylist() == [item for value in held for item in (value, None)]
    assert (twice.overflow, twice.not_finite) == (overflow, not_finite)
    dtype = pl.Int64 if column.dtype == np.int64 else pl.Float64
    polars = fitted_series(pl.Series([*values, None], dtype=dtype), value_type)
    assert (polars.overflow, polars.not_finite) == (overflow, not_finite)
    assert pl.Series(polars.values).cast(pl.Float64).to_list() == [*map(as_read, held), None]


def as_read(value: float | None) -> float | None:
    return None if value is None else float(value)


@pytest.mark.parametrize("largest", [2.0**128 - 2.0**103, np.nextafter(2.0**128 - 2.0**103, 0)])
def test_the_first_number_that_is_no_float_is_the_one_that_32_bits_make_infinite(largest: float) -> None:
    with np.errstate(over="ignore"):
        infinite = bool(np.isinf(np.float32(largest)))
    assert (fitted((np.array([largest]), None), "FLOAT").values[0].as_py() is None) == infinite


@pytest.mark.parametrize("seed", seeds(4))
def test_sums_of_128_bits_as_every_type(seed: int) -> None:
    """Small ones, and many words of random bits."""
    rng = rng_of(seed)
    exact = [int(rng.integers(-9, 9)) for _ in range(50)]
    exact += [int(rng.integers(-(2**62), 2**62)) << int(rng.integers(60)) for _ in range(400)]
    low = [(number & (2**64 - 1)) - (number << 1 & 2**64) for number in exact]
    totals = Totals(np.array(low), np.array([number >> 64 for number in exact]))
    assert as_doubles(totals) == pytest.approx([float(number) for number in exact], rel=3e-16, abs=0)
    for value_type, bits in (("INT32", 31), ("INT64", 63)):
        column_fitted = fitted((totals, None), value_type)
        expected = [number if -(2**bits) <= number < 2**bits else None for number in exact]
        assert (column_fitted.values.to_pylist(), column_fitted.overflow) == (expected, expected.count(None))


@pytest.mark.parametrize(
    ("element", "values", "held"),
    [
        ("INT32", [1, 2**31, 3, 4, 5], [[], None, [3], [], [4, 5]]),
        ("FLOAT", [1.0, 2.0, 1e300, 4.0, 5.0], [[], [1.0, 2.0], None, [], [4.0, 5.0]]),
        ("INT64", [1, 2, 3, 4, 5], [[], [1, 2], [3], [], [4, 5]]),
        ("DOUBLE", [1, 2, 3, 4, 5], [[], [1.0, 2.0], [3.0], [], [4.0, 5.0]]),
    ],
)
def test_a_list_is_null_with_any_of_its_elements(element: str, values: list[float], held: list[object]) -> None:
    lists = pa.LargeListArray.from_arrays(pa.array([0, 0, 2, 3, 3, 5]), pa.array(values))
    column_fitted = fitted((lists, None), f"ARRAY<{element}>")
    assert column_fitted.values.to_pylist() == held
    assert (column_fitted.overflow, column_fitted.not_finite) == (held.count(None), 0)


def rows_of(definitions: Definitions, events: list[Event]) -> FeatureRows:
    """Returns the rows of one batch of orders."""
    shard = Shard(definitions, "user_id", lambda marks: WallClock(lambda: 0, marks))
    outcomes = shard.logic.on_batch([shard.batch("orders", events)])[0]
    rows = [("000", outcome) for outcome in outcomes if isinstance(outcome, ShardRows)]
    ((_, assembled),) = RowAssembler(definitions.of_entity("user_id"), 1)(rows)
    return assembled


def order(user: str, **columns: object) -> Event:
    return {"event_type": "view", "user_id": user, "timestamp": 1_000, **columns}


WHOLE, REAL = {**FOREVER, "value": "quantity"}, {**FOREVER, "value": "amount"}
OF_ALL_TYPES: dict[str, dict[str, object]] = {
    "count": {**FOREVER, "aggregation": "count", "value_type": "INT32"},
    "cut": {**WHOLE, "aggregation": "last", "value_type": "INT32"},
    "exact": {**WHOLE, "aggregation": "sum", "value_type": "INT64"},
    "wide": {**WHOLE, "aggregation": "sum", "value_type": "DOUBLE"},
    "newest": {**WHOLE, "aggregation": "last_k", "k": 2, "value_type": "ARRAY<INT32>"},
    "total": {**REAL, "aggregation": "sum", "value_type": "DOUBLE"},
    "single": {**REAL, "aggregation": "max", "value_type": "FLOAT"},
    "twice": {"expression": "single * 10", "value_type": "FLOAT"},
    "plus": {"expression": "exact + 1", "value_type": "INT32"},
}


def test_rows_count_what_is_null_of_each_feature(tmp_path: Path) -> None:
    """Of folded values, of lists and of values derived from the resulting ones."""
    large = [order("u1", quantity=2**63 - 1, amount=1.5e308)] * 2
    rows = rows_of(by_hand(tmp_path, **OF_ALL_TYPES), [*large, order("u2", quantity=7, amount=1e38)])
    assert rows.frame.select(*OF_ALL_TYPES).rows() == [
        (2, None, None, 2.0**64, None, None, None, None, None),
        (1, 7, 7, 7.0, [7], 1e38, 1e38, None, 8),
    ]
    assert sorted(rows.nulled) == [
        NulledValues("cut", "overflow", 1),
        NulledValues("exact", "overflow", 1),
        NulledValues("newest", "overflow", 1),
        NulledValues("single", "overflow", 1),
        NulledValues("total", "not_finite", 1),
        NulledValues("twice", "overflow", 1),
    ]


def test_rows_of_values_that_fit_count_nothing(tmp_path: Path) -> None:
    """Even without any value: the smallest of none is infinite inside."""
    definitions = by_hand(
        tmp_path,
        least={**FOREVER, "aggregation": "min", "value": "amount", "value_type": "FLOAT"},
        whole={**FOREVER, "aggregation": "max", "value": "quantity", "value_type": "INT32"},
        middle={**FOREVER, "aggregation": "quantile", "quantile": 0.5, "value": "amount", "value_type": "DOUBLE"},
        paid={**FOREVER, "aggregation": "last", "value": "amount > 1", "value_type": "BOOL"},
        n={**FOREVER, "aggregation": "count", "value_type": "INT32"},
    )
    rows = rows_of(definitions, [order("u1"), order("u2", amount=2.0, quantity=3)])
    assert rows.frame.select("least", "whole", "middle", "paid").rows()[0] == (None, None, None, None)
    assert rows.nulled == ()


def test_means_and_deviations_of_readings_of_a_clock(tmp_path: Path) -> None:
    """Nanoseconds: the mean of seven equal ones is that value; the deviation of three some steps apart is in steps."""
    whole = {**FOREVER, "value": "quantity", "value_type": "DOUBLE"}
    definitions = by_hand(tmp_path, **{name: {**whole, "aggregation": name} for name in ("mean", "std", "var")})
    events = [order("u1", quantity=NS)] * 7 + [order("u2", quantity=NS + step) for step in (0, 3, 6)]
    events += [order("u3", quantity=edge) for edge in (-(2**63), 2**63 - 1)]
    (equal, few, edges) = rows_of(definitions, events).frame.select("mean", "std", "var").rows()
    assert equal == pytest.approx((NS, 0.0, 0.0), rel=1e-15, abs=0)
    assert few == pytest.approx((NS + 3, 3.0, 9.0), rel=1e-15, abs=0)
    assert edges == pytest.approx((-0.5, (2**64 - 1) / 2**0.5, (2**64 - 1) ** 2 / 2), rel=1e-15, abs=0)


def test_what_is_too_large_for_a_double_is_null_until_it_leaves_the_window(tmp_path: Path) -> None:
    now = [0]
    ten = {"source": "orders", "window": "10s", "hop": "1s", "value": "amount", "value_type": "DOUBLE"}
    definitions = by_hand(tmp_path, **{name: {**ten, "aggregation": name} for name in ("sum", "mean", "std")})
    shard = Shard(definitions, "user_id", lambda marks: WallClock(lambda: now[0], marks))
    amounts = [(1_000, 1.7e308), (1_500, 1.7e308), (5_000, 4.0), (5_500, 8.0)]
    (row,) = shard.take("orders", [{**order("u1", amount=amount), "timestamp": time} for time, amount in amounts]).rows
    assert row.values == {"sum": None, "mean": None, "std": None}
    now[0] = 12_000
    (row,) = shard.notify().rows
    assert row.values == {"sum": 12.0, "mean": 6.0, "std": pytest.approx(8**0.5)}


def test_a_time_beyond_the_calendar_is_null() -> None:
    column = pl.Series([datetime(9999, 12, 31, tzinfo=UTC), None], dtype=pl.Datetime("ms", "UTC"))
    beyond = pl.Series([253_402_300_800_000]).cast(pl.Datetime("ms", "UTC"))
    assert pl.Series(fitted_series(column, "TIMESTAMP").values).to_list() == column.to_list()
    assert fitted_series(beyond, "TIMESTAMP").overflow == 1
