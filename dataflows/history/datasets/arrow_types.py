"""Arrow types and polars columns, as data sets tell them apart and hand them on."""

import re

import numpy as np
import polars as pl
import pyarrow as pa

_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")


def is_text(dtype: pa.DataType) -> bool:
    """Whether a type is one of texts, however they are laid out."""
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def without_dictionary(values: pa.Array) -> pa.Array:
    """The values themselves, where a column has numbers of them."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def frame_of(rows: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    """Rows as polars has them: times of a zone without a name, such as +05:30, in UTC, wide decimals as texts."""
    fields = [field.with_type(_in_polars(field.type)) for field in rows.schema]
    return pl.DataFrame(rows.cast(pa.schema(fields, rows.schema.metadata)))


def _in_polars(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal256(dtype):
        return pa.large_string()
    if pa.types.is_timestamp(dtype) and dtype.tz and _OFFSET.fullmatch(dtype.tz):
        return pa.timestamp(dtype.unit, "UTC")
    return dtype


def arrow_of(series: pl.Series) -> pa.Array:
    """A polars column in the types that every reader of Arrow knows: large strings, not views."""
    values = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    return _empty_lists(values) if pa.types.is_large_list(values.type) and not len(values.values) else values


def _empty_lists(lists: pa.Array) -> pa.Array:
    """Lists without any value: polars may leave them at an offset behind their values, which Arrow cannot join."""
    offsets = pa.array(np.zeros(len(lists) + 1, np.int64))
    return pa.LargeListArray.from_arrays(
        offsets, pa.array([], lists.type.value_type), type=lists.type, mask=lists.is_null()
    )
