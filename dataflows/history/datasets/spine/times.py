"""Converts the times of a spine to ms since 1970.

The unit of a number follows from its size: for 1973 to 3000, seconds, milliseconds, microseconds and nanoseconds have
disjoint ranges. Texts are ISO 8601; a text, a date and a timestamp without a zone are UTC. Fractions of a millisecond
are rounded down, as for events.
"""

from typing import Literal, get_args

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.history.datasets.arrow_types import is_text, without_dictionary
from dataflows.history.datasets.errors import SpineError
from dataflows.ingest.decoding import iso_times
from dataflows.kernels.arrays import Bools, Ints
from dataflows.kernels.strings.times import NO_TIME

Unit = Literal["s", "ms", "us", "ns"]
TimeUnit = Literal["auto", "s", "ms", "us", "ns"]
UNITS: tuple[Unit, ...] = get_args(Unit)
PER_SECOND: dict[Unit, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
FIRST_MS, END_MS = 0, 32_503_680_000_000
"""1970 and the end of the year 2999."""
_TOLD_FROM_S = 100_000_000
"""From March 1973 on the size of a number determines its unit."""
_DIGITS = r"^-?[0-9]{1,19}$"
EXPECTED = "a time: an integer, an ISO 8601 string or a timestamp"
_SPAN = "a time from 1970 to 2999"


class TimeReader:
    """Reads the time column of a spine block by block; `notes` list the assumptions."""

    def __init__(self, place: str, name: str, unit: TimeUnit = "auto") -> None:
        self._place, self._name, self._asked = place, name, unit
        self._unit: Unit | None = None if unit == "auto" else unit
        self.notes: list[str] = []

    def ms(self, column: pa.Array, first: int) -> Ints:
        """Returns the times (ms) of rows from `first` on. Raises SpineError for the first invalid one."""
        plain = without_dictionary(column)
        if plain.null_count:
            row = int(np.flatnonzero(plain.is_null().to_numpy(zero_copy_only=False))[0])
            raise SpineError.at(self._place, self._name, first + row, "null", EXPECTED)
        times = self._read(plain, first)
        self._refuse((times < FIRST_MS) | (times >= END_MS), plain, first, _SPAN)
        return times

    def _read(self, column: pa.Array, first: int) -> Ints:
        dtype = column.type
        if pa.types.is_integer(dtype):
            return self._numbers(column, first)
        if pa.types.is_timestamp(dtype):
            self._note_zone(dtype.tz is not None)
            return _in_ms(_numpy(column.cast(pa.int64())), dtype.unit)
        if pa.types.is_date(dtype):
            self._note_zone(False)
            return _numpy(column.cast(pa.date64()).cast(pa.int64()))
        if is_text(dtype):
            return self._texts(column, first)
        raise SpineError.of_column(self._place, self._name, f"has values of type {dtype}", EXPECTED)

    def _texts(self, column: pa.Array, first: int) -> Ints:
        texts = pl.Series(column.cast(pa.large_string()), dtype=pl.String).str.strip_chars()
        digits = texts.str.contains(_DIGITS).to_numpy()
        times = np.full(len(texts), NO_TIME, np.int64)
        if digits.any():
            numbers = texts.filter(pl.Series(digits)).cast(pl.Int64, strict=False)
            times[digits] = self._numbers(numbers.fill_null(NO_TIME).to_arrow(), first)
        if not digits.all():
            times[~digits] = self._iso(texts.filter(pl.Series(~digits)))
        self._refuse(times == NO_TIME, column, first, EXPECTED)
        return times

    def _iso(self, texts: pl.Series) -> Ints:
        times, zoned = iso_ms(texts)
        self._note_zone(zoned)
        return times

    def _numbers(self, column: pa.Array, first: int) -> Ints:
        # beyond int64 a number becomes negative, which no time is
        whole = column.cast(pa.int64(), safe=False) if pa.types.is_uint64(column.type) else column
        numbers = _numpy(whole.cast(pa.int64()))
        if not len(numbers):
            return numbers
        if self._unit is None:
            self._unit = self._told_by(numbers, column, first)
        if self._asked == "auto":
            self._refuse(~_of_unit(numbers, self._unit), column, first, self._like_the_first())
        return _in_ms(numbers, self._unit)

    def _told_by(self, numbers: Ints, column: pa.Array, first: int) -> Unit:
        """Returns the unit of the first number."""
        for unit in UNITS:
            if _of_unit(numbers[:1], unit)[0]:
                self._note(f"numbers in {self._name} are read as {_WORDS[unit]} since 1970")
                return unit
        expected = "a time whose unit follows from its size; set the unit with --time-unit s, ms, us or ns"
        raise SpineError.at(self._place, self._name, first, str(column[0]), expected)

    def _like_the_first(self) -> str:
        return f"{_WORDS[self._unit or 'ms']} since 1970 like the first row; set the unit with --time-unit"

    def _refuse(self, wrong: Bools, column: pa.Array, first: int, expected: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise SpineError.at(self._place, self._name, first + row, _displayed(column, row), expected)

    def _note_zone(self, has_zone: bool) -> None:
        if not has_zone:
            self._note(f"times in {self._name} have no zone and are read as UTC")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


_WORDS: dict[Unit, str] = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _of_unit(numbers: Ints, unit: Unit) -> Bools:
    per_second = PER_SECOND[unit]
    highest = min(END_MS // 1_000 * per_second, 2**63 - 1)
    return (numbers >= _TOLD_FROM_S * per_second) & (numbers <= highest)


def iso_ms(texts: pl.Series) -> tuple[Ints, bool]:
    """Parses each text to ms, NO_TIME if it is not a time; returns whether all have a zone.

    >>> iso_ms(pl.Series(["1970-01-01T00:00:01Z", "1970-01-02"]))
    (array([    1000, 86400000]), False)
    """
    times, zoned = iso_times.times_of(texts), True
    for ending in ("Z", "T00:00Z"):
        missing = times == NO_TIME
        if missing.any():
            times[missing] = iso_times.times_of(texts.filter(pl.Series(missing)) + ending)
            zoned = zoned and not (times[missing] != NO_TIME).any()
    return times, zoned


def _displayed(column: pa.Array, row: int) -> str:
    try:
        return repr(str(column[row]))
    except (OverflowError, ValueError):  # a day outside the years that Python supports
        dtype = column.type
        number = column.slice(row, 1).view(pa.int32() if dtype.bit_width == 32 else pa.int64())[0]
        return f"{number} {dtype.unit if pa.types.is_timestamp(dtype) else 'days'} since 1970"


def _numpy(column: pa.Array) -> Ints:
    numbers: Ints = column.to_numpy()
    return numbers


def _in_ms(numbers: Ints, unit: Unit) -> Ints:
    """Converts numbers of a unit to ms, rounded down; marks seconds that are too large as no time."""
    if unit == "s":
        return np.where(np.abs(numbers) < END_MS, numbers, -1) * 1_000
    return numbers // (PER_SECOND[unit] // 1_000)
