"""Reads the ids of entities in a spine: texts, or integers as decimal digits."""

import polars as pl
import pyarrow as pa

from dataflows.history.datasets.arrow_types import is_text, without_dictionary
from dataflows.history.datasets.errors import SpineError

EXPECTED = "texts or whole numbers"
_OF_PANDAS = " (pandas turns whole numbers beside missing ones into others: .astype('Int64') keeps them)"


def ids_of(column: pa.Array, place: str, name: str) -> pl.Series:
    """Returns the ids as texts, null if missing. Raises SpineError for another type.

    >>> ids_of(pa.array([7, None, 2**63 - 1]), "labels.parquet", "user_id").to_list()
    ['7', None, '9223372036854775807']
    """
    plain = without_dictionary(column)
    if not _is_id(plain.type):
        hint = _OF_PANDAS if pa.types.is_floating(plain.type) else ""
        raise SpineError.of_column(place, name, f"has values of type {plain.type}", EXPECTED + hint)
    return pl.Series(name, plain.cast(pa.large_string()), pl.String)


def _is_id(dtype: pa.DataType) -> bool:
    whole = pa.types.is_integer(dtype) or (pa.types.is_decimal(dtype) and dtype.scale == 0)
    return is_text(dtype) or bool(whole or pa.types.is_null(dtype))
