"""Checks that a spine has only columns that leave a data set unchanged."""

import pyarrow as pa

from dataflows.history.datasets.errors import SpineError


def expect_kept_types(schema: pa.Schema, place: str) -> None:
    """Raises SpineError for the first column that a Parquet file cannot hold."""
    for field in schema:
        if (lost := _lost(field.type)) is not None:
            inside = "" if lost == field.type else f" inside {field.type}"
            raise SpineError.of_column(
                place, field.name, f"has values of type {lost}{inside}", "a type that Parquet supports"
            )


def _lost(dtype: pa.DataType) -> pa.DataType | None:
    """Returns the type that would be lost, itself or nested."""
    if pa.types.is_union(dtype) or pa.types.is_interval(dtype) or pa.types.is_run_end_encoded(dtype):
        return dtype
    if isinstance(dtype, pa.BaseExtensionType):
        return _lost(dtype.storage_type)
    if pa.types.is_dictionary(dtype):
        return _lost(dtype.value_type)
    parts = (dtype.field(number).type for number in range(dtype.num_fields))
    return next((lost for part in parts if (lost := _lost(part)) is not None), None)
