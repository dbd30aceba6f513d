"""Tests times of a spine in every form, to the millisecond, and invalid times."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine import TimeReader, TimeUnit
from tests.support.factories.datasets import NOON

BERLIN = timezone(timedelta(hours=1))
WINTER = datetime(2026, 1, 1, 13, tzinfo=BERLIN)


def read(column: pa.Array, unit: TimeUnit = "auto", first: int = 0) -> list[int]:
    times: list[int] = reader(unit).ms(column, first).tolist()
    return times


def reader(unit: TimeUnit = "auto") -> TimeReader:
    return TimeReader("labels.csv", "at", unit)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([NOON // 1000]),
        pa.array([NOON]),
        pa.array([NOON * 1000 + 999]),
        pa.array([NOON * 1_000_000 + 999_999]),
        pa.array([NOON], pa.uint64()),
        pa.array([str(NOON)]),
        pa.array(["2026-01-01T12:00:00Z"]),
        pa.array(["2026-01-01T13:00:00.000999+01:00"]),
        pa.array(["2026-01-01 12:00:00"]),
        pa.array(["2026-01-01T12:00"]).dictionary_encode(),
        pa.array([NOON // 1000], pa.timestamp("s")),
        pa.array([NOON], pa.timestamp("ms", "Europe/Berlin")),
        pa.array([NOON * 1000 + 999], pa.timestamp("us", "UTC")),
        pa.array([NOON * 1_000_000 + 999_999], pa.timestamp("ns")),
        pa.array([WINTER]),
    ],
    ids=lambda column: f"{column.type}-{column[0]}",
)
def test_a_time_in_any_form_is_the_same_millisecond(column: pa.Array) -> None:
    assert read(column) == [NOON]


@pytest.mark.parametrize(
    "column", [pa.array(["2026-01-02"]), pa.array([date(2026, 1, 2)]), pa.array([date(2026, 1, 2)], pa.date64())]
)
def test_a_day_begins_at_midnight(column: pa.Array) -> None:
    assert read(column) == [NOON + 12 * 3_600_000]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_size_of_a_number_tells_its_unit_at_both_ends(unit: str) -> None:
    per_second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    lowest, highest = 100_000_000, min(32_503_679_999, (2**63 - 1) // per_second)
    times = read(pa.array([lowest * per_second, highest * per_second]))
    assert times == [lowest * 1_000, highest * 1_000]


def test_a_given_unit_holds_for_numbers_whose_size_tells_another() -> None:
    assert read(pa.array([0, 5, NOON]), "ms") == [0, 5, NOON]
    assert read(pa.array([1]), "s") == [1_000]


def test_a_time_without_a_zone_is_utc_and_that_is_said() -> None:
    times = reader()
    times.ms(pa.array(["2026-01-01T12:00:00"]), 0)
    assert times.notes == ["times in at have no zone and are read as UTC"]


def test_a_zone_needs_no_words() -> None:
    times = reader()
    times.ms(pa.array(["2026-01-01T12:00:00Z"]), 0)
    times.ms(pa.array([WINTER]), 1)
    assert times.notes == []


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([NOON, None]), "row 8 (the first is 0): null"),
        (pa.array([NOON, NOON // 1000]), f"row 8 (the first is 0): '{NOON // 1000}'; expected milliseconds"),
        (pa.array([NOON, 12]), "set the unit with --time-unit"),
        (pa.array([12, NOON]), "row 7 (the first is 0): 12; expected a time whose unit follows from its size"),
        (pa.array(["2026-01-01", "soon"]), "row 8 (the first is 0): 'soon'; expected a time"),
        (pa.array(["2026-02-30", "2026-01-01"]), "row 7 (the first is 0): '2026-02-30'"),
        (pa.array(["2026-01-01", ""]), "row 8 (the first is 0): ''"),
        (pa.array(["2026-01-01", "1969-12-31T23:59:59.999Z"]), "expected a time from 1970 to 2999"),
        (pa.array(["2999-12-31T23:59:59.999Z", "3000-01-01"]), "row 8 (the first is 0): '3000-01-01'"),
        (pa.array([NOON, -1], pa.timestamp("ms")), "row 8 (the first is 0): '1969-12-31 23:59:59.999000'"),
        (pa.array([0, 2**62], pa.timestamp("s")), "expected a time from 1970 to 2999"),
        (pa.array([1.0, 2.0]), "column at has values of type double"),
        (pa.array([True]), "column at has values of type bool"),
        (pa.array([NOON, 2**64 - 1], pa.uint64()), "row 8"),
        (pa.array(["99999999999999999999"]), "row 7"),
    ],
    ids=str,
)
def test_what_is_no_time_is_named_by_its_row(column: pa.Array, said: str) -> None:
    with pytest.raises(SpineError) as error:
        reader().ms(column, 7)
    assert said in str(error.value)
    assert str(error.value).startswith("labels.csv: column at")


def test_the_unit_of_the_first_block_holds_for_the_next() -> None:
    times = reader()
    times.ms(pa.array([NOON]), 0)
    with pytest.raises(SpineError, match="row 1 "):
        times.ms(pa.array([NOON * 1000]), 1)


def test_many_times_are_read_at_once() -> None:
    times = NOON + np.arange(100_000)
    assert read(pa.array(times)) == times.tolist()
    assert read(pa.array(times).cast(pa.string())) == times.tolist()
