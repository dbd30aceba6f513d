"""Compiles comparisons and three-valued logic."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from operator import eq, ge, gt, le, lt, ne

import polars as pl

from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.definitions.sql.typed import Typed, combined, expect, guarded, real
from dataflows.kernels.opcodes import ValueKind

Comparison = Callable[[pl.Expr, pl.Expr], pl.Expr]
NUMBERS = (ValueKind.INT, ValueKind.REAL)
MIRRORED: Mapping[Comparison, Comparison] = {eq: eq, ne: ne, lt: gt, gt: lt, le: ge, ge: le}


def compare(sign: str, of: Comparison) -> Callable[[Typed, Typed], Typed]:
    """Returns the function that compiles a comparison."""

    def compared(a: Typed, b: Typed) -> Typed:
        if a.null or b.null:
            says = "IS NULL" if sign == "=" else "IS NOT NULL"
            raise ExpressionError("a comparison that can be true", f"{sign} NULL is never true; write {says}")
        a, b = alike(a, b)
        if (
            a.constant and not b.constant
        ):  # polars answers once for all rows if the value compared with a literal is null
            return combined(ValueKind.BOOL, MIRRORED[of](b.expr, a.expr), a, b)
        return combined(ValueKind.BOOL, of(a.expr, b.expr), a, b)

    return compared


def alike(a: Typed, b: Typed) -> tuple[Typed, Typed]:
    """Converts two values to one type: an integer beside a DOUBLE becomes a DOUBLE. Raises TypeMismatch."""
    if a.array or b.array:
        raise TypeMismatch("the only function of an array is ARRAY_LENGTH(x)")
    if a.kind is b.kind or a.null or b.null:
        return a, b
    if a.kind in NUMBERS and b.kind in NUMBERS:
        return real(a), real(b)
    raise TypeMismatch(f"{a.name} cannot be compared with {b.name}{_way_out(a, b)}")


def distinct(a: Typed, b: Typed) -> Typed:
    """Compiles a IS DISTINCT FROM b: never null."""
    if a.null or b.null:
        return is_not_null(b if a.null else a)
    a, b = alike(a, b)
    column, other = (b, a) if a.constant else (a, b)
    return combined(ValueKind.BOOL, column.expr.ne_missing(other.expr), a, b)


def is_null(a: Typed) -> Typed:
    """Compiles a IS NULL."""
    return combined(ValueKind.BOOL, a.expr.is_null(), a)


def is_not_null(a: Typed) -> Typed:
    """Compiles a IS NOT NULL."""
    return combined(ValueKind.BOOL, a.expr.is_not_null(), a)


def is_truth(a: Typed, truth: bool) -> Typed:
    """Compiles a IS TRUE or IS FALSE: never null."""
    expect(a, [ValueKind.BOOL], "IS TRUE or IS FALSE")
    return combined(ValueKind.BOOL, (a.expr if truth else ~a.expr).fill_null(False), a)


def negated(a: Typed) -> Typed:
    """Compiles NOT a."""
    expect(a, [ValueKind.BOOL], "NOT")
    return combined(ValueKind.BOOL, ~a.expr, a)


def both(parts: Sequence[Typed]) -> Typed:
    """Compiles a AND b AND ...: operands after a false one are not evaluated."""
    return _connected(parts, "AND", True)


def either(parts: Sequence[Typed]) -> Typed:
    """Compiles a OR b OR ...: operands after a true one are not evaluated."""
    return _connected(parts, "OR", False)


def within(a: Typed, values: Sequence[Typed] | None) -> Typed:
    """Compiles a IN (values)."""
    if not values:
        raise ExpressionError("a list with at least one entry after IN", "such as IN (1, 2)")
    if a.null or any(value.null for value in values):
        raise ExpressionError(
            "a list without NULL", "with NULL, IN never matches it and NOT IN is never true; use IS NULL"
        )
    if a.kind in (ValueKind.INT, ValueKind.TEXT) and all(_listed(a, value) for value in values):
        return combined(ValueKind.BOOL, a.expr.is_in([value.literal for value in values]), a)
    equal = compare("=", eq)
    return either([equal(a, value) for value in values])


def _listed(a: Typed, value: Typed) -> bool:
    return value.kind is a.kind and value.literal is not None


def _connected(parts: Sequence[Typed], sign: str, goes_on: bool) -> Typed:
    truths = [_truth(part, sign) for part in parts]
    asked = [truths[0]]
    for before, part in pairwise(truths):
        still = before.expr if goes_on else ~before.expr
        asked.append(guarded(part, still.fill_null(True), before.size) if part.failures else part)
    joined = (lambda x, y: x & y) if goes_on else (lambda x, y: x | y)
    return combined(ValueKind.BOOL, _balanced([part.expr for part in truths], joined), *asked)


def _balanced(parts: list[pl.Expr], joined: Comparison) -> pl.Expr:
    """Joins expressions as a balanced tree."""
    while len(parts) > 1:
        parts = [reduce(joined, parts[index : index + 2]) for index in range(0, len(parts), 2)]
    return parts[0]


def _truth(part: Typed, sign: str) -> Typed:
    if part.null:
        return Typed(ValueKind.BOOL, pl.lit(None, pl.Boolean), constant=True)
    return expect(part, [ValueKind.BOOL], sign)


def _way_out(a: Typed, b: Typed) -> str:
    kinds = {a.kind, b.kind}
    if ValueKind.TIMESTAMP in kinds and ValueKind.TEXT in kinds:
        return "; write a time as TIMESTAMP '2026-01-31T12:00:00Z'"
    if ValueKind.TIMESTAMP in kinds:
        return "; EPOCH_MS(time) converts a time to ms"
    if ValueKind.TEXT in kinds:
        return "; TRY_CAST converts a string to a number, quotes make a number a string"
    return "; use a boolean on its own, or compare it with TRUE or FALSE"
