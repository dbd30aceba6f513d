"""A typed part of an expression: its polars expression, its bounds, and how it can fail."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from dataflows.definitions.model.value_types import CANONICAL
from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.kernels.opcodes import ValueKind

LEAST, MOST = -(2**63), 2**63 - 1
LARGEST = 3_000
"""Most parts of an expression with its checks expanded, because polars walks through them in every batch."""
NAMES = {
    ValueKind.INT: "INT64",
    ValueKind.REAL: "DOUBLE",
    ValueKind.BOOL: "BOOL",
    ValueKind.TEXT: "STRING",
    ValueKind.TIMESTAMP: "TIMESTAMP",
}


class NullCause(NamedTuple):
    """The rows for which a part fails, and the reason."""

    why: str
    rows: pl.Expr
    size: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of an expression. `kind` is None for NULL and for arrays; `low` and `high` bound an INT.

    `literal` is the value of a literal; `size` counts the parts of `expr`, repeated ones each time.
    """

    kind: ValueKind | None
    expr: pl.Expr
    low: int = LEAST
    high: int = MOST
    failures: tuple[NullCause, ...] = ()
    literal: bool | int | float | str | None = None
    constant: bool = False
    leaf: bool = False
    array: bool = False
    size: int = 1

    @property
    def null(self) -> bool:
        """Returns whether it is NULL itself."""
        return self.kind is None and not self.array

    @property
    def name(self) -> str:
        """Returns its type as definitions write it."""
        return "ARRAY" if self.array else "NULL" if self.kind is None else NAMES[self.kind]


def combined(kind: ValueKind, expr: pl.Expr, *parts: Typed, low: int = LEAST, high: int = MOST, uses: int = 1) -> Typed:
    """Builds a part from others, each used `uses` times. Raises ExpressionError if it grows too large."""
    size = 2 + uses * sum(part.size for part in parts)
    failures = tuple(failure for part in parts for failure in part.failures)
    if size + sum(failure.size for failure in failures) > LARGEST:
        raise ExpressionError("a smaller expression", "its parts can fail in too many ways; split it")
    if all(part.constant for part in parts):
        return _folded(kind, expr)
    return Typed(kind, expr, max(low, LEAST), min(high, MOST), failures, size=size)


def failing(part: Typed, why: str, *operands: Typed) -> Typed:
    """Marks a part as failed where it is null although its operands are not."""
    rows = part.expr.is_null()
    for operand in operands:
        rows = rows & operand.expr.is_not_null()
    size = part.size + sum(operand.size for operand in operands)
    return replace(part, failures=(*part.failures, NullCause(why, rows, size)))


def guarded(part: Typed, rows: pl.Expr, size: int) -> Typed:
    """Limits the failures of a part to the rows that evaluate it."""
    failures = tuple(NullCause(failure.why, rows & failure.rows, failure.size + size) for failure in part.failures)
    return replace(part, failures=failures)


def _folded(kind: ValueKind, expr: pl.Expr) -> Typed:
    """Computes a constant part once, because polars does not always broadcast it to all rows."""
    value = pl.select(expr).to_series()[0]
    if value is None:
        raise ExpressionError("parts that are not NULL", "a part without a column is NULL for every event")
    low, high = (value, value) if kind is ValueKind.INT else (LEAST, MOST)
    literal = None if kind is ValueKind.TIMESTAMP else value
    return Typed(kind, pl.lit(value, CANONICAL[kind]), low, high, literal=literal, constant=True, leaf=True)


def expect(part: Typed, kinds: Iterable[ValueKind], function: str) -> Typed:
    """Returns the part if `function` takes its kind. Raises TypeMismatch otherwise."""
    allowed = tuple(kinds)
    if part.null:
        raise TypeMismatch(f"{function} of NULL is NULL for every event")
    if part.kind not in allowed:
        raise TypeMismatch(f"{function} takes {' or '.join(NAMES[kind] for kind in allowed)}, not {part.name}")
    return part


def real(part: Typed) -> Typed:
    """Converts a number to DOUBLE."""
    if part.kind is ValueKind.REAL:
        return part
    return replace(part, kind=ValueKind.REAL, expr=part.expr.cast(pl.Float64), size=part.size + 1, low=LEAST, high=MOST)
