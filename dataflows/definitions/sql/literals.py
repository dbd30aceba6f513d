"""Compiles columns and literals, the leaves of an expression."""

import math
from collections.abc import Mapping

import polars as pl

from dataflows.definitions.model.value_types import CANONICAL, kind_of, polars_type
from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.typed import LEAST, MOST, Typed
from dataflows.expectations import did_you_mean
from dataflows.kernels.opcodes import ValueKind

_INT32 = -(2**31), 2**31 - 1


def column(name: str, quoted: bool, types: Mapping[str, str]) -> Typed:
    """Compiles a column; 32-bit integers are computed in 64 bits. Raises ExpressionError for an unknown column."""
    if name not in types:
        raise ExpressionError(f"a column instead of {name}", _hint(name, quoted, types))
    kind = kind_of(polars_type(types[name]))
    if kind is None:
        return Typed(None, pl.col(name), array=True, leaf=True)
    low, high = _INT32 if types[name] == "INT32" else (LEAST, MOST)
    narrow = types[name] == "INT32"
    return Typed(kind, pl.col(name).cast(CANONICAL[kind]) if narrow else pl.col(name), low, high, leaf=True)


def number(text: str) -> Typed:
    """Compiles a number: a DOUBLE with a point or an exponent, else an INT64. Raises ExpressionError beyond their
    ranges."""
    if not text.isdigit():
        return _double(float(text), text)
    return whole(int(text))


def whole(value: int) -> Typed:
    """Compiles an integer literal. Raises ExpressionError beyond 64 bits."""
    if not LEAST <= value <= MOST:
        raise ExpressionError("a whole number of 64 bits", f"{value} is too large; write {value}.0 for a DOUBLE")
    literal = pl.lit(value, pl.Int64)
    return Typed(ValueKind.INT, literal, value, value, literal=value, constant=True, leaf=True)


def text(value: str) -> Typed:
    """Compiles a quoted text."""
    return Typed(ValueKind.TEXT, pl.lit(value, pl.String), literal=value, constant=True, leaf=True)


def truth(value: bool) -> Typed:
    """Compiles TRUE or FALSE."""
    return Typed(ValueKind.BOOL, pl.lit(value, pl.Boolean), literal=value, constant=True, leaf=True)


def nothing() -> Typed:
    """Compiles NULL."""
    return Typed(None, pl.lit(None), constant=True, leaf=True)


def _double(value: float, text: str) -> Typed:
    if not math.isfinite(value):
        raise ExpressionError("a number that a DOUBLE can hold", f"{text} is larger")
    return Typed(ValueKind.REAL, pl.lit(value, pl.Float64), literal=value, constant=True, leaf=True)


def _hint(name: str, quoted: bool, types: Mapping[str, str]) -> str:
    near = did_you_mean(name, types)
    if near and near.startswith("did you mean"):
        return near
    if quoted:
        return f"double quotes are for columns; a text is written '{name}'"
    return f"a text is written in quotes: '{name}'" + (f"; {near}" if near else "")
