"""Defines the column and value types of definitions, their polars types, and the kind of an expression's type."""

from typing import Literal, get_args

import polars as pl

from dataflows.kernels.opcodes import ValueKind

ColumnType = Literal["STRING", "INT32", "INT64", "FLOAT", "DOUBLE", "BOOL", "TIMESTAMP"]
ValueType = Literal[
    "STRING", "INT32", "INT64", "FLOAT", "DOUBLE", "BOOL", "TIMESTAMP",
    "ARRAY<STRING>", "ARRAY<INT32>", "ARRAY<INT64>", "ARRAY<FLOAT>", "ARRAY<DOUBLE>", "ARRAY<BOOL>",
    "ARRAY<TIMESTAMP>",
]  # fmt: skip
COLUMN_TYPES: tuple[str, ...] = get_args(ColumnType)
VALUE_TYPES: tuple[str, ...] = get_args(ValueType)

POLARS_TYPES: dict[str, pl.DataType] = {
    "STRING": pl.String(),
    "INT32": pl.Int32(),
    "INT64": pl.Int64(),
    "FLOAT": pl.Float64(),  # computed in double precision; FLOAT only limits what leaves
    "DOUBLE": pl.Float64(),
    "BOOL": pl.Boolean(),
    "TIMESTAMP": pl.Datetime("ms", "UTC"),
}
CANONICAL: dict[ValueKind, pl.DataType] = {
    ValueKind.INT: pl.Int64(),
    ValueKind.REAL: pl.Float64(),
    ValueKind.BOOL: pl.Boolean(),
    ValueKind.TEXT: pl.String(),
    ValueKind.TIMESTAMP: pl.Datetime("ms", "UTC"),
}


TYPE_NAMES: dict[ValueKind, str] = {
    ValueKind.INT: "INT64",
    ValueKind.REAL: "DOUBLE",
    ValueKind.BOOL: "BOOL",
    ValueKind.TEXT: "STRING",
    ValueKind.TIMESTAMP: "TIMESTAMP",
}
"""Kinds by the names that files use."""


def element_type(value_type: str) -> str | None:
    """Returns the element type of an array type; None if the type is not an array.

    >>> element_type("ARRAY<INT64>"), element_type("INT64")
    ('INT64', None)
    """
    return value_type[len("ARRAY<") : -1] if value_type.startswith("ARRAY<") else None


def polars_type(value_type: str) -> pl.DataType:
    """Returns the polars type of a column or value type."""
    element = element_type(value_type)
    return POLARS_TYPES[value_type] if element is None else pl.List(POLARS_TYPES[element])


def kind_of(dtype: pl.DataType) -> ValueKind | None:
    """Returns the kind of a polars type; None if no feature can hold it."""
    if dtype.is_integer():
        return ValueKind.INT
    if dtype.is_float() or dtype.is_decimal():
        return ValueKind.REAL
    if isinstance(dtype, pl.Datetime | pl.Date):
        return ValueKind.TIMESTAMP
    return {pl.Boolean(): ValueKind.BOOL, pl.String(): ValueKind.TEXT}.get(dtype)


def column_kind(column_type: str) -> ValueKind:
    """Returns the kind of a column of a source.

    >>> column_kind("DOUBLE").name
    'REAL'
    """
    kind = kind_of(POLARS_TYPES[column_type])
    if kind is None:
        raise ValueError(f"{column_type} is not a column type")
    return kind
