"""Converts the values of a pair for comparison: to numbers, or to texts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dataflows.definitions import element_type

RELATIVE = 1e-9
"""Relative difference up to which floats are equal."""
NUMBERS = ("INT32", "INT64", "FLOAT", "DOUBLE", "TIMESTAMP")
REALS = ("FLOAT", "DOUBLE")
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_LARGEST = float(np.finfo(np.float64).max)


def are_numbers(*value_types: str | None) -> bool:
    """Returns whether values of these types have a difference; a time and a number have none.

    >>> are_numbers("INT64", "DOUBLE"), are_numbers("TIMESTAMP", "INT64"), are_numbers("STRING")
    (True, False, False)
    """
    known = [value_type for value_type in value_types if value_type]
    times = [value_type == "TIMESTAMP" for value_type in known]
    return all(value_type in NUMBERS for value_type in known) and all(times) == any(times)


@dataclass(frozen=True, slots=True)
class NumberPairs:
    """Numbers before and after in the `rows` where both exist; `apart` are the distances, `shifts` the signed
    differences."""

    rows: npt.NDArray[np.int64]
    apart: Floats
    shifts: Floats


def number_pairs(before: pl.Series, after: pl.Series) -> NumberPairs:
    """Pairs two columns; integers are exact, whatever their size. Equal values have distance 0."""
    rows = np.flatnonzero((before.is_not_null() & after.is_not_null()).to_numpy())
    old, new = (_plain(column)[rows] for column in (before, after))
    apart, rises = _apart(old, new), new >= old
    if before.dtype.is_float() or after.dtype.is_float():
        apart = np.where(apart <= RELATIVE * np.maximum(np.abs(old), np.abs(new)), 0.0, apart)
    return NumberPairs(rows, apart, np.where(rises, apart, -apart))


def numbers_of(column: pl.Series) -> Floats:
    """Returns the existing values, as doubles."""
    plain = _plain(column)
    return (plain[column.is_not_null().to_numpy()] if column.null_count() else plain).astype(np.float64)


def texts_of(column: pl.Series) -> pl.Series:
    """Converts values to texts: lists to JSON, null stays null."""
    if isinstance(column.dtype, pl.List):
        encoded = column.to_frame("v").select(pl.struct("v").struct.json_encode().str.slice(5)).to_series()
        texts = encoded.str.strip_suffix("}")
        return pl.select(pl.when(column.is_not_null()).then(texts)).to_series()
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.to_string("iso:strict")
    return column.cast(pl.String)


def are_equal(before: pl.Series, after: pl.Series, types: tuple[str, str]) -> Bools:
    """Returns which values that are not numbers are equal, or both null; reals in lists are compared as elsewhere."""
    same: Bools = texts_of(before).eq_missing(texts_of(after)).to_numpy()
    if all(element_type(value_type) in REALS for value_type in types):
        return same | _alike_lists(before, after)
    return same


def _alike_lists(before: pl.Series, after: pl.Series) -> Bools:
    """Returns whether lists of equal length have equal numbers, nulls included."""
    same_length = (before.list.len() == after.list.len()).fill_null(False)
    rows, alike = np.flatnonzero(same_length.to_numpy()), np.zeros(len(before), np.bool_)
    old, new = (column.filter(same_length) for column in (before, after))
    lengths = old.list.len().to_numpy().astype(np.int64)
    of_row = np.repeat(np.arange(len(rows)), lengths)
    old, new = (column.filter(pl.Series(lengths > 0)).explode().cast(pl.Float64) for column in (old, new))
    apart, greatest = (old - new).abs(), pl.select(pl.max_horizontal(old.abs(), new.abs())).to_series()
    fits = ((apart <= RELATIVE * greatest) | (old.is_null() & new.is_null())).fill_null(False).to_numpy()
    alike[rows] = np.bincount(of_row[~fits], minlength=len(rows)) == 0
    return alike


def _plain(column: pl.Series) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
    """Returns integers and times unchanged, everything else as doubles; nulls are undefined."""
    if column.dtype.is_float():
        return column.fill_null(0.0).to_numpy()
    return column.cast(pl.Int64).fill_null(0).to_numpy()


def _apart(old: np.ndarray, new: np.ndarray) -> Floats:
    """Returns distances, exact for integers even where a signed difference would wrap; never infinite."""
    if old.dtype == np.int64 and new.dtype == np.int64:
        low, high = np.minimum(old, new).view(np.uint64), np.maximum(old, new).view(np.uint64)
        between: Floats = (high - low).astype(np.float64)
        return between
    with np.errstate(over="ignore"):
        apart: Floats = np.abs(new.astype(np.float64) - old.astype(np.float64))
    limited: Floats = np.minimum(apart, _LARGEST)
    return limited
