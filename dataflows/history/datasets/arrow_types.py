"""Arrow types and polars columns, as data sets tell them apart and hand them on."""

import numpy as np
import polars as pl
import pyarrow as pa


def is_text(dtype: pa.DataType) -> bool:
    """Whether a type is one of texts, however they are laid out."""
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def without_dictionary(values: pa.Array) -> pa.Array:
    """The values themselves, where a column has numbers of them."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


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
