"""Fits values into their declared types: values that are not finite or out of range become null and are counted.

A list with such a value becomes null as a whole: without it another value would pass for the newest.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from dataflows.aggregations import Column, Totals, as_doubles, every
from dataflows.definitions import element_type
from dataflows.kernels.arrays import NO_ROWS, Bools, Ints
from dataflows.null_counts import NulledValues

Numbers = npt.NDArray[Any]

_BEYOND = 2.0**128 - 2.0**103
"""Numbers from this magnitude on are infinite as FLOAT: half a step above the largest FLOAT rounds up."""
_WHOLE: dict[str, tuple[int, int, type[np.integer[Any]]]] = {
    "INT32": (-(2**31), 2**31 - 1, np.int32),
    "INT64": (-(2**63), 2**63 - 1, np.int64),
    "TIMESTAMP": (-62_135_596_800_000, 253_402_300_799_999, np.int64),  # ms: the years 1 to 9999
}


class FittedColumn(NamedTuple):
    """A column of a declared type, and the rows whose value became null, by reason."""

    values: pa.Array
    too_large: Ints = NO_ROWS
    infinite: Ints = NO_ROWS

    @property
    def overflow(self) -> int:
        """Number of values that are too large."""
        return len(self.too_large)

    @property
    def not_finite(self) -> int:
        """Number of values that are not finite."""
        return len(self.infinite)

    def nulled(self, feature: str) -> Iterator[NulledValues]:
        """Yields a count for each reason that occurred."""
        for why, rows in (("overflow", self.too_large), ("not_finite", self.infinite)):
            if len(rows):
                yield NulledValues.at(feature, why, rows)


def fitted(column: Column, value_type: str) -> FittedColumn:
    """Fits the existing values of a column into a value type."""
    values, exist = column
    exist = None if exist is None or every(exist) else exist
    if isinstance(values, pa.Array):
        return _fitted_lists(values, value_type) if isinstance(values, pa.LargeListArray) else _existing(values, exist)
    numbers, fit = _numbers(values, value_type)
    if fit is None or every(fit):
        return FittedColumn(pa.array(numbers, mask=None if exist is None else ~exist))
    valid = fit if exist is None else fit & exist
    too_large, infinite = _reasons(values, fit if exist is None else fit | ~exist)
    return FittedColumn(pa.array(numbers, mask=~valid), too_large, infinite)


def fitted_series(column: pl.Series, value_type: str) -> FittedColumn:
    """Fits a polars column like `fitted`; if all values fit, the column may keep the type of its kind."""
    if _holds(column, value_type):
        return FittedColumn(column.to_arrow())
    physical = column.to_physical()
    exist = physical.is_not_null().to_numpy() if physical.null_count() else None
    return fitted(((physical if exist is None else physical.fill_null(0)).to_numpy(), exist), value_type)


def _holds(column: pl.Series, value_type: str) -> bool:
    """Returns whether a type holds all existing values of a column; costs a tenth of finding those that do not fit."""
    if column.dtype in (pl.String, pl.Boolean) or (value_type == "INT64" and column.dtype == pl.Int64):
        return True
    values = (column.to_physical() if column.dtype.is_temporal() else column).to_numpy()  # nulls become NaN
    _, fit = _numbers(values, value_type)
    return fit is None or int(np.count_nonzero(fit)) == len(column) - column.null_count()


def _existing(texts: pa.Array, exist: Bools | None) -> FittedColumn:
    return FittedColumn(texts if exist is None else pc.if_else(exist, texts, None))


def _fitted_lists(lists: pa.LargeListArray, value_type: str) -> FittedColumn:
    values, element = lists.values, str(element_type(value_type))
    if element in ("STRING", "BOOL"):
        return FittedColumn(lists)
    plain = values.to_numpy()
    numbers, fit = _numbers(plain, element)
    if numbers is plain and (fit is None or every(fit)):
        return FittedColumn(lists)
    fitting = pa.LargeListArray.from_arrays(lists.offsets, pa.array(numbers))
    if fit is None or every(fit):
        return FittedColumn(fitting)
    places = np.searchsorted(lists.offsets.to_numpy(), np.flatnonzero(~fit), side="right") - 1
    valid = np.ones(len(lists), np.bool_)
    valid[places] = False
    return FittedColumn(pc.if_else(valid, fitting, None), too_large=np.flatnonzero(~valid))


def _numbers(values: Numbers | Totals, value_type: str) -> tuple[Numbers, Bools | None]:
    """Converts values to numbers of a type; returns them with a mask of those that fit, or None if all do."""
    if value_type in ("FLOAT", "DOUBLE"):
        doubles = as_doubles(values) if isinstance(values, Totals) else values.astype(np.float64, copy=False)
        return doubles, np.isfinite(doubles) if value_type == "DOUBLE" else np.abs(doubles) < _BEYOND
    if isinstance(values, Totals):
        numbers, fit = _numbers(values.low, value_type)
        return numbers, values.fit if fit is None else values.fit & fit
    if value_type not in _WHOLE or (value_type == "INT64" and values.dtype == np.int64):
        return values, None
    return _whole_numbers(values, value_type)


def _whole_numbers(values: Numbers, value_type: str) -> tuple[Numbers, Bools]:
    """Converts values to integers within the limits of a type; fractions are truncated towards zero."""
    lowest, highest, dtype = _WHOLE[value_type]
    if dtype == np.int32 and values.dtype == np.int64:
        numbers = values.astype(np.int32)
        return numbers, numbers == values
    if values.dtype == np.int64:
        return values, (values >= lowest) & (values <= highest)
    truncated = np.trunc(values)
    fit = (truncated >= lowest) & (truncated < highest + 1.0)  # the largest 64-bit integer is no double, the next is
    return np.where(fit, truncated, 0.0).astype(dtype), fit


def _reasons(values: Numbers | Totals, fit: Bools) -> tuple[Ints, Ints]:
    """Returns the rows of values that are too large, and of those that are not finite."""
    bad = np.flatnonzero(~fit)
    if isinstance(values, Totals) or values.dtype != np.float64:
        return bad, NO_ROWS
    finite = np.isfinite(values[bad])
    return bad[finite], bad[~finite]
