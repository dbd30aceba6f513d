"""The ids of entities in a spine: texts, or whole numbers in decimal digits."""

import polars as pl
import pyarrow as pa

from dataflows.history.datasets.errors import SpineError

EXPECTED = "texts or whole numbers"


def ids_of(column: pa.Array, place: str, name: str) -> pl.Series:
    """The ids as texts, null where there is none. Raises SpineError for another type.

    >>> ids_of(pa.array([7, None, 2**63 - 1]), "labels.parquet", "user_id").to_list()
    ['7', None, '9223372036854775807']
    """
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if not _is_id(plain.type):
        raise SpineError.of_column(place, name, f"has values of type {plain.type}", EXPECTED)
    return pl.Series(name, plain.cast(pa.large_string()), pl.String)


def _is_id(dtype: pa.DataType) -> bool:
    texts = pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype)
    whole = pa.types.is_integer(dtype) or (pa.types.is_decimal(dtype) and dtype.scale == 0)
    return texts or whole or pa.types.is_null(dtype)
