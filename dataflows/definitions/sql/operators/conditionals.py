"""Compiles CASE, IF, COALESCE, NULLIF, GREATEST and LEAST: a branch that is not chosen cannot fail."""

from collections.abc import Sequence
from itertools import pairwise
from operator import eq

import polars as pl

from dataflows.definitions.model.value_types import CANONICAL
from dataflows.definitions.sql.operators.comparisons import NUMBERS, alike, compare
from dataflows.definitions.sql.refusals import TypeMismatch
from dataflows.definitions.sql.typed import Typed, combined, expect, guarded, real
from dataflows.kernels.opcodes import ValueKind


def case(choices: Sequence[tuple[Typed, Typed]], default: Typed | None) -> Typed:
    """Compiles the value of the first true condition, otherwise the default."""
    conditions = [expect(condition, [ValueKind.BOOL], "WHEN") for condition, _ in choices]
    values = same_kind([*(value for _, value in choices), *([default] if default else [])], "CASE")
    chosen: pl.Expr = values[-1].expr if default else pl.lit(None, _type(values[0]))
    for condition, value in reversed(list(zip(conditions, values, strict=False))):
        chosen = pl.when(condition.expr).then(value.expr).otherwise(chosen)
    return _bounded(chosen, [*_guarded_conditions(conditions), *_branches(conditions, values)], values)


def coalesce(parts: Sequence[Typed]) -> Typed:
    """Compiles COALESCE: the first value that is not null."""
    values = same_kind(parts, "COALESCE")
    asked = [values[0]]
    for before, value in pairwise(values):
        asked.append(guarded(value, before.expr.is_null(), before.size))
    return _bounded(pl.coalesce(*(value.expr for value in values)), asked, values)


def nullif(a: Typed, b: Typed) -> Typed:
    """Compiles NULLIF: a, unless it equals b."""
    if a.null:
        raise TypeMismatch("NULLIF of NULL is NULL for every event")
    value, excluded = alike(a, b)
    equal = compare("=", eq)(value, excluded).expr.fill_null(False) if not b.null else pl.lit(False)
    return _bounded(pl.when(~equal).then(a.expr), [a, b], [a], uses=2)


def extreme(parts: Sequence[Typed], greatest: bool) -> Typed:
    """Compiles GREATEST or LEAST of the values that are not null."""
    name = "GREATEST" if greatest else "LEAST"
    values = same_kind(parts, name)
    chosen, uses = [value.expr for value in values], 1
    while len(chosen) > 1:
        pairs = [chosen[index : index + 2] for index in range(0, len(chosen), 2)]
        chosen, uses = [_further(pair, greatest) for pair in pairs], 2 * uses
    return _bounded(chosen[0], values, values, uses=uses)


def _further(pair: Sequence[pl.Expr], greatest: bool) -> pl.Expr:
    """Returns the greater or lesser of two values; of a null and a value, the value."""
    first, second = pair[0], pair[-1]
    if len(pair) == 1:
        return first
    wins = first >= second if greatest else first <= second
    return pl.when(wins | second.is_null()).then(first).otherwise(second)


def same_kind(parts: Sequence[Typed], form: str) -> list[Typed]:
    """Converts the parts to one type; integers beside DOUBLE become DOUBLE. Raises TypeMismatch."""
    kinds = {part.kind for part in parts if not part.null}
    if not kinds:
        raise TypeMismatch(f"{form} of NULL is NULL for every event")
    if any(part.array for part in parts):
        raise TypeMismatch(f"{form} takes no arrays")
    if len(kinds) > 1 and not kinds <= set(NUMBERS):
        names = " and ".join(sorted({part.name for part in parts if not part.null}))
        raise TypeMismatch(f"the values of {form} must have one type, not {names}")
    kind = ValueKind.REAL if len(kinds) > 1 else next(kind for kind in kinds if kind)
    return [_as(part, kind) for part in parts]


def _as(part: Typed, kind: ValueKind) -> Typed:
    if part.null:
        return Typed(kind, pl.lit(None, CANONICAL[kind]), low=0, high=0, constant=True)
    return real(part) if kind is ValueKind.REAL else part


def _type(part: Typed) -> pl.DataType:
    return CANONICAL[part.kind or ValueKind.BOOL]


def _guarded_conditions(conditions: Sequence[Typed]) -> list[Typed]:
    asked = list(conditions[:1])
    for before, condition in pairwise(conditions):
        asked.append(guarded(condition, ~before.expr.fill_null(False), before.size))
    return asked


def _branches(conditions: Sequence[Typed], values: Sequence[Typed]) -> list[Typed]:
    branches, unmatched, size = [], pl.lit(True), 1
    for index, value in enumerate(values):
        if index < len(conditions):
            true = conditions[index].expr.fill_null(False)
            branches.append(guarded(value, unmatched & true, size + conditions[index].size))
            unmatched, size = unmatched & ~true, size + conditions[index].size
        else:
            branches.append(guarded(value, unmatched, size))
    return branches


def _bounded(expr: pl.Expr, parts: Sequence[Typed], values: Sequence[Typed], uses: int = 1) -> Typed:
    low, high = min(value.low for value in values), max(value.high for value in values)
    return combined(values[0].kind or ValueKind.BOOL, expr, *parts, low=low, high=high, uses=uses)
