"""Classifies Arrow types and converts polars columns for data sets."""

import re

import numpy as np
import polars as pl
import pyarrow as pa

_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")


def is_text(dtype: pa.DataType) -> bool:
    """Returns whether a type is a text type, in any layout."""
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def without_dictionary(values: pa.Array) -> pa.Array:
    """Decodes a dictionary-encoded column."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def frame_of(rows: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    """Converts rows to polars: times of an unnamed zone, such as +05:30, to UTC, wide decimals to texts."""
    fields = [field.with_type(_in_polars(field.type)) for field in rows.schema]
    return pl.DataFrame(rows.cast(pa.schema(fields, rows.schema.metadata)))


def _in_polars(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal256(dtype):
        return pa.large_string()
    if pa.types.is_timestamp(dtype) and dtype.tz and _OFFSET.fullmatch(dtype.tz):
        return pa.timestamp(dtype.unit, "UTC")
    return dtype


def arrow_of(series: pl.Series) -> pa.Array:
    """Converts a polars column to types that every reader of Arrow supports: large strings, not views."""
    values = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    return _empty_lists(values) if pa.types.is_large_list(values.type) and not len(values.values) else values


def _empty_lists(lists: pa.Array) -> pa.Array:
    """Rebuilds lists without values: polars may leave them at an offset beyond their values, which Arrow cannot
    join."""
    offsets = pa.array(np.zeros(len(lists) + 1, np.int64))
    return pa.LargeListArray.from_arrays(
        offsets, pa.array([], lists.type.value_type), type=lists.type, mask=lists.is_null()
    )
