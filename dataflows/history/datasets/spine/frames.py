"""Converts a frame in memory, of polars, pandas or anything that supports Arrow, to an Arrow table."""

from typing import Any

import polars as pl
import pyarrow as pa
from polars.exceptions import PolarsError

from dataflows.history.datasets.errors import DatasetError, SpineError

_PLACE = "the spine"


def table_of(frame: Any) -> pa.Table:
    """Returns the table of a frame; its metadata keeps what pandas needs to restore the frame.

    Raises DatasetError.
    """
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        return _of_polars(frame)
    if type(frame).__module__.startswith("pandas") and hasattr(frame, "columns"):
        return _of_pandas(frame)
    if hasattr(frame, "__arrow_c_stream__") and type(frame).__name__ != "Series":
        return pa.table(frame)
    raise DatasetError(f"a spine of type {type(frame).__name__}; expected a frame, an Arrow table or a path")


def _of_polars(frame: pl.DataFrame) -> pa.Table:
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Object) or not _in_arrow(dtype):
            raise SpineError.of_column(_PLACE, name, f"has values of type {dtype}", "a type that Arrow supports")
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _in_arrow(dtype: pl.DataType) -> bool:
    try:
        pl.Series([], dtype=dtype).to_arrow(compat_level=pl.CompatLevel.oldest())
    except (pa.ArrowException, PolarsError):
        return False
    return True


def _of_pandas(frame: Any) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame)
    except (pa.ArrowException, ValueError, TypeError) as error:
        reasons = "; ".join(str(part) for part in reversed(error.args))
        raise SpineError(f"{_PLACE}: cannot be read: {reasons}; expected columns with one type each") from error
