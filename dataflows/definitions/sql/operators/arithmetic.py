"""Compiles + - * / // % and the sign: 64-bit integers that never wrap, doubles, null where a row fails."""

from collections.abc import Callable

import polars as pl

from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.definitions.sql.typed import LEAST, MOST, Typed, combined, expect, failing, real
from dataflows.kernels.opcodes import ValueKind

NUMBERS = (ValueKind.INT, ValueKind.REAL)
Binary = Callable[[pl.Expr, pl.Expr], pl.Expr]
_QUARTER = 2.0**62
"""A wrapped result is 2^64 away from the correct value, an unwrapped one is next to it."""


def add(a: Typed, b: Typed) -> Typed:
    """Compiles a + b."""
    return _sum("+", a, b, a.low + b.low, a.high + b.high, lambda x, y: x + y)


def subtract(a: Typed, b: Typed) -> Typed:
    """Compiles a - b."""
    if a.kind is b.kind is ValueKind.TIMESTAMP:
        raise TypeMismatch("for the ms between two times, write EPOCH_MS(a) - EPOCH_MS(b)")
    return _sum("-", a, b, a.low - b.high, a.high - b.low, lambda x, y: x - y)


def multiply(a: Typed, b: Typed) -> Typed:
    """Compiles a * b."""
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return _sum("*", a, b, min(corners), max(corners), lambda x, y: x * y)


def divide(a: Typed, b: Typed) -> Typed:
    """Compiles a / b, a double."""
    a, b = (real(_number("/", part)) for part in (a, b))
    whole_column = b.leaf and b.literal is None
    divided = a.expr / b.expr if whole_column else quotient(a.expr, b.expr)
    if _never_zero(b):
        return combined(ValueKind.REAL, divided, a, a, b)
    return failing(combined(ValueKind.REAL, _unless_zero(b, divided), a, a, b, b), "division_by_zero", a, b)


def quotient(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """Divides doubles row by row, even if all rows have the same divisor.

    For a single divisor polars multiplies by its reciprocal unless there is one row, so that 3 / 10 was 0.3 or not
    depending on the batch size. Adding a zero from each row makes the divisor a column.
    """
    return a / (b + a.clip(0.0, 0.0))


def divide_whole(a: Typed, b: Typed) -> Typed:
    """Compiles a // b, truncated towards zero."""
    a, b = (
        expect(part, [ValueKind.INT], "for other numbers, divide with / and cut with FLOOR or CAST; //")
        for part in (a, b)
    )
    quotient = a.expr // b.expr
    cut = quotient if _same_sign(a, b) else quotient + _inexact(a, b).cast(pl.Int64)
    largest = max(abs(a.low), abs(a.high))
    made_of = combined(ValueKind.INT, cut, a, b, low=-largest, high=largest, uses=3)
    if a.low == LEAST and b.low <= -1 <= b.high:
        fits = pl.when((a.expr != LEAST) | (b.expr != -1)).then(cut)
        made_of = failing(combined(ValueKind.INT, fits, a, b, uses=4), "overflow", a, _not_zero(b))
    return made_of if _never_zero(b) else failing(made_of, "division_by_zero", a, _only_zero(b))


def remainder(a: Typed, b: Typed) -> Typed:
    """Compiles a % b, with the sign of a."""
    a, b = _number("%", a), _number("%", b)
    if ValueKind.REAL in (a.kind, b.kind):
        raise TypeMismatch("% takes whole numbers, not DOUBLE; CAST(x AS BIGINT) converts it")
    modulus = a.expr % b.expr
    cut = modulus if _same_sign(a, b) else modulus - _inexact(a, b).cast(pl.Int64) * b.expr
    largest = max(abs(b.low), abs(b.high)) - 1
    made_of = combined(ValueKind.INT, cut, a, b, low=-max(largest, 0), high=max(largest, 0), uses=4)
    return made_of if _never_zero(b) else failing(made_of, "division_by_zero", a, b)


def negate(a: Typed) -> Typed:
    """Compiles -a."""
    _number("-", a)
    if a.kind is ValueKind.REAL:
        return combined(ValueKind.REAL, -a.expr, a)
    if a.low > LEAST:
        return combined(ValueKind.INT, -a.expr, a, low=-a.high, high=-a.low)
    return failing(combined(ValueKind.INT, -_but_least(a), a, uses=2, low=-a.high), "overflow", a)


def absolute(a: Typed) -> Typed:
    """Compiles ABS(a)."""
    _number("ABS", a)
    if a.kind is ValueKind.REAL:
        return combined(ValueKind.REAL, a.expr.abs(), a)
    high = max(abs(a.low), abs(a.high))
    if a.low > LEAST:
        return combined(ValueKind.INT, a.expr.abs(), a, low=0, high=high)
    return failing(combined(ValueKind.INT, _but_least(a).abs(), a, uses=2, low=0), "overflow", a)


def _sum(sign: str, a: Typed, b: Typed, low: int, high: int, of: Binary) -> Typed:
    _number(sign, a), _number(sign, b)
    if ValueKind.REAL in (a.kind, b.kind):
        a, b = real(a), real(b)
        return combined(ValueKind.REAL, of(a.expr, b.expr), a, b)
    if low >= LEAST and high <= MOST:
        return combined(ValueKind.INT, of(a.expr, b.expr), a, b, low=low, high=high)
    checked = _checked(a, b, of) if a.leaf and b.leaf else _wide(a, b, of)
    return failing(combined(ValueKind.INT, checked, a, b, uses=3, low=low, high=high), "overflow", a, b)


def _checked(a: Typed, b: Typed, of: Binary) -> pl.Expr:
    wrapped, near = of(a.expr, b.expr), of(a.expr.cast(pl.Float64), b.expr.cast(pl.Float64))
    return pl.when((wrapped.cast(pl.Float64) - near).abs() < _QUARTER).then(wrapped)


def _wide(a: Typed, b: Typed, of: Binary) -> pl.Expr:
    return of(a.expr.cast(pl.Int128), b.expr.cast(pl.Int128)).cast(pl.Int64, strict=False)


def _number(sign: str, part: Typed) -> Typed:
    return expect(part, NUMBERS, sign)


def _never_zero(b: Typed) -> bool:
    """Returns whether no event can make it zero. Raises ExpressionError if it always is."""
    if b.literal == 0:
        raise ExpressionError("a divisor other than zero", "division by zero is NULL for every event")
    if b.literal is not None:
        return True
    return b.kind is ValueKind.INT and not b.low <= 0 <= b.high


def _unless_zero(b: Typed, value: pl.Expr) -> pl.Expr:
    return pl.when(b.expr != 0).then(value)


def _same_sign(a: Typed, b: Typed) -> bool:
    return a.low >= 0 and b.low >= 0


def _inexact(a: Typed, b: Typed) -> pl.Expr:
    """Marks rows where rounding down differs from truncating: there is a remainder, and the signs differ."""
    return (a.expr % b.expr != 0) & ((a.expr < 0) != (b.expr < 0))


def _but_least(a: Typed) -> pl.Expr:
    return pl.when(a.expr != LEAST).then(a.expr)


def _not_zero(b: Typed) -> Typed:
    return combined(ValueKind.INT, pl.when(b.expr != 0).then(b.expr), b, uses=2)


def _only_zero(b: Typed) -> Typed:
    return combined(ValueKind.INT, pl.when(b.expr == 0).then(b.expr), b, uses=2)
