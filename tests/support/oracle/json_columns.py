"""Columns of a data set as JSON has their values, to be compared with what brute force says."""

from typing import Any

import polars as pl


def json_values(frame: pl.DataFrame, name: str) -> list[Any]:
    """The values of a column; times are ms."""
    column = frame.get_column(name)
    if isinstance(column.dtype, pl.Datetime):
        column = column.cast(pl.Int64)
    if isinstance(column.dtype, pl.List) and isinstance(column.dtype.inner, pl.Datetime):
        column = column.cast(pl.List(pl.Int64))
    return column.to_list()
