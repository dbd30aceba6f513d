"""Compiles functions of numbers. A row without a result is null."""

import math

import polars as pl

from dataflows.definitions.sql.operators.arithmetic import NUMBERS, quotient
from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.typed import Typed, combined, expect, failing, real
from dataflows.kernels.opcodes import ValueKind


def rounded(part: Typed, digits: Typed | None) -> Typed:
    """Compiles ROUND(x[, digits]): halves away from zero."""
    expect(part, NUMBERS, "ROUND")
    places = 0 if digits is None else digits.literal
    if not isinstance(places, int) or not 0 <= places <= 15:
        raise ExpressionError("a literal number of digits from 0 to 15 for ROUND")
    if part.kind is ValueKind.INT:
        return part
    return combined(ValueKind.REAL, part.expr.round(places, mode="half_away_from_zero"), part)


def floor(part: Typed) -> Typed:
    """Compiles FLOOR, a double."""
    return combined(ValueKind.REAL, _real(part, "FLOOR").expr.floor(), _real(part, "FLOOR"))


def ceil(part: Typed) -> Typed:
    """Compiles CEIL, a double."""
    return combined(ValueKind.REAL, _real(part, "CEIL").expr.ceil(), _real(part, "CEIL"))


def sign(part: Typed) -> Typed:
    """Compiles SIGN: -1, 0 or 1; 0 for NaN."""
    expect(part, NUMBERS, "SIGN")
    up, down = part.expr > 0, part.expr < 0
    if part.kind is ValueKind.REAL:
        up = up & part.expr.is_not_nan()
    return combined(ValueKind.INT, up.cast(pl.Int64) - down.cast(pl.Int64), part, low=-1, high=1, uses=3)


def root(part: Typed) -> Typed:
    """Compiles SQRT: null below zero."""
    value = _real(part, "SQRT")
    return _where(value, value.expr >= 0, value.expr.sqrt())


def logarithm(part: Typed, base: float | None) -> Typed:
    """Compiles LN, LOG10 or LOG2: null for zero and below."""
    value = _real(part, "a logarithm")
    return _where(value, value.expr > 0, _log(value.expr, base))


def _log(value: pl.Expr, base: float | None) -> pl.Expr:
    if base is None:
        return value.log()
    return value.log10() if base == 10 else quotient(value.log(), pl.lit(math.log(base)))


def base_of(part: Typed) -> float:
    """Returns the base of LOG(base, x), which must be a literal above 1. Raises ExpressionError."""
    if isinstance(part.literal, bool | str) or part.literal is None or part.literal <= 1:
        raise ExpressionError("a literal base above 1 for LOG", "LOG(base, x)")
    return float(part.literal)


def exponential(part: Typed) -> Typed:
    """Compiles EXP."""
    value = _real(part, "EXP")
    return combined(ValueKind.REAL, value.expr.exp(), value)


def power(part: Typed, exponent: Typed) -> Typed:
    """Compiles POWER(a, b), a double."""
    a, b = _real(part, "POWER"), _real(exponent, "POWER")
    return combined(ValueKind.REAL, a.expr.pow(b.expr), a, b)


def _where(value: Typed, rows: pl.Expr, result: pl.Expr) -> Typed:
    return failing(combined(ValueKind.REAL, pl.when(rows).then(result), value, uses=2), "out_of_range", value)


def _real(part: Typed, function: str) -> Typed:
    return real(expect(part, NUMBERS, function))
