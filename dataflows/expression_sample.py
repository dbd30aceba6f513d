"""A small frame of varied rows, the same in every run: what an expression must survive, row by row."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from dataflows.column_types import element_type, polars_type

ROWS = 24
SINGLE_ROWS = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VALUES: Mapping[str, Sequence[object]] = {
    "STRING": ("", "a", "Zz 9", "\u00e9t\u00e9", "12", "-3.5", "2026-01-01", "(", "a,b", "true"),
    "INT32": (0, 1, -1, 2, 7, 100, 2**31 - 1, -(2**31)),
    "INT64": (0, 1, -1, 2, 7, 100, 2**40, 1_767_225_600_000, 2**62, -(2**62)),
    "FLOAT": (0.0, 1.0, -1.0, 0.5, 7.25, -100.0, 1e12, 1e-9, 1e300),
    "DOUBLE": (0.0, 1.0, -1.0, 0.5, 7.25, -100.0, 1e12, 1e-9, 1e300),
    "BOOL": (True, False),
    "TIMESTAMP": tuple(_EPOCH + timedelta(days=days, seconds=days) for days in (0, 1, 365, 20_454, 47_000)),
}


def sample(columns: Mapping[str, str], literals: Sequence[str]) -> pl.DataFrame:
    """ROWS rows over columns (name -> type): nulls, zeros, extremes, and the literals of the expression."""
    chance = random.Random(20260101)
    cells = {name: list(_cells(kind, literals, chance)) for name, kind in columns.items()}
    return pl.DataFrame(cells, schema={name: polars_type(kind) for name, kind in columns.items()})


def across_rows(frame: pl.DataFrame, expression: pl.Expr) -> bool:
    """Whether a row's value depends on other rows: whole, reversed, in halves and row by row must agree."""
    whole = _of(frame, expression)
    if len(whole) != len(frame):
        return True
    half = len(frame) // 2
    halves = pl.concat([_of(frame[:half], expression), _of(frame[half:], expression)])
    backwards = _of(frame.reverse(), expression)
    singles = pl.concat([_of(frame[at : at + 1], expression) for at in range(SINGLE_ROWS)])
    pairs = (backwards.reverse(), whole), (halves, whole), (singles, whole[:SINGLE_ROWS])
    return not all(_same(one, other) for one, other in pairs)


def _same(one: pl.Series, other: pl.Series) -> bool:
    """Equal; floats but for rounding, for polars divides one row otherwise than many."""
    if not one.dtype.is_float() or not one.is_null().equals(other.is_null()):
        return one.equals(other)
    a, b = one.drop_nulls().to_numpy(), other.drop_nulls().to_numpy()
    return bool(np.allclose(a, b, rtol=1e-9, atol=0.0, equal_nan=True))


def _of(frame: pl.DataFrame, expression: pl.Expr) -> pl.Series:
    return frame.select(expression.alias("value")).to_series()


def _cells(kind: str, literals: Sequence[str], chance: random.Random) -> Iterator[object]:
    element = element_type(kind)
    values = [*_VALUES[element or kind], None]
    for _ in range(ROWS):
        if element is not None:
            yield [chance.choice(values) for _ in range(chance.randrange(3))]
        elif kind == "STRING" and literals and chance.random() < 0.5:
            yield chance.choice(literals)
        else:
            yield chance.choice(values)
