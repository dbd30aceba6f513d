"""Tests that expressions mean the same as in DuckDB: random ones over random rows with nulls and extremes of every
type."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from dataflows.definitions.expressions import ExpressionError, compile_expression
from dataflows.definitions.model.value_types import polars_type
from dataflows.kernels.opcodes import ValueKind
from tests.support.generators.random_sql import COLUMNS, Writer
from tests.support.generators.seeds import fresh_seed, seeds
from tests.support.generators.written_sql import Written

EXPRESSIONS = len(seeds(1_000))
TOGETHER = 50
"""Expressions per DuckDB query: a query costs more than an expression."""
ROWS = 60
DEPTH = 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CELLS: Mapping[str, Sequence[object]] = {
    "INT64": (0, 1, -1, 2, 7, -13, 100, 2**31, 2**53 + 1, 2**62, -(2**62), 2**63 - 1, -(2**63)),
    "INT32": (0, 1, -1, 3, 100, -7, 2**31 - 1, -(2**31)),
    "DOUBLE": (0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 7.25, 1e10, 9.3e18, 1e300, -1e300, 1e-300, 2.0**53),
    "BOOL": (True, False),
    "STRING": ("", "a", "A", "ab", "abc", "Zz 9", " a ", "\u00e9t\u00e9", "12", "%", "a%", "it's", "a\nb"),
    "TIMESTAMP": (
        EPOCH, EPOCH + timedelta(days=20_484, hours=5, milliseconds=123), EPOCH - timedelta(days=1, seconds=1),
        datetime(2024, 2, 29, 23, 59, 59, 999_000, UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC), datetime(2021, 1, 3, tzinfo=UTC),
    ),
}  # fmt: skip
ARROW = {
    "INT64": pa.int64(), "INT32": pa.int64(), "DOUBLE": pa.float64(), "BOOL": pa.bool_(), "STRING": pa.string(),
    "TIMESTAMP": pa.timestamp("ms"),
}  # fmt: skip


def rows_of(chance: random.Random) -> dict[str, list[object]]:
    """Returns random columns, a fifth of each null."""
    return {name: [_cell(_known(of), chance) for _ in range(ROWS)] for name, of in COLUMNS.items()}


def _known(column_type: str) -> str:
    return "DOUBLE" if column_type == "FLOAT" else column_type


def _cell(column_type: str, chance: random.Random) -> object:
    return None if chance.random() < 0.2 else chance.choice(CELLS[column_type])


def expected(rows: Mapping[str, list[object]], written: Sequence[Written]) -> Iterator[list[object]]:
    """Yields DuckDB's values, with 64-bit integers and doubles."""
    naive = {name: [_naive(cell) for cell in cells] for name, cells in rows.items()}
    table = pa.table({name: pa.array(cells, ARROW[_known(COLUMNS[name])]) for name, cells in naive.items()})
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("event", table)
        for start in range(0, len(written), TOGETHER):
            columns = ", ".join(_column(expression) for expression in written[start : start + TOGETHER])
            answers = connection.execute(f"SELECT {columns} FROM event").fetchall()
            yield from map(list, zip(*answers, strict=True))


def _column(written: Written) -> str:
    return f"CAST({written.duck} AS TIMESTAMP)" if written.kind is ValueKind.TIMESTAMP else written.duck


def _naive(cell: object) -> object:
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell


def differs(ours: object, theirs: object) -> bool:
    """Returns whether two values differ; doubles may differ in their last digits."""
    ours = _naive(ours)
    if isinstance(ours, float) and isinstance(theirs, float):
        same = ours == theirs or (math.isnan(ours) and math.isnan(theirs))
        return not (same or math.isclose(ours, theirs, rel_tol=1e-12))
    return type(ours) is not type(theirs) or ours != theirs


@pytest.mark.parametrize("kind", tuple(ValueKind))
def test_random_expressions_mean_what_they_mean_in_duckdb(kind: ValueKind) -> None:
    seed = fresh_seed()
    chance = random.Random(seed)
    writer, rows = Writer(chance), rows_of(chance)
    frame = pl.DataFrame(rows, schema={name: polars_type(of) for name, of in COLUMNS.items()})
    written = [
        expression
        for expression in (writer(kind, chance.randint(1, DEPTH)) for _ in range(EXPRESSIONS))
        if _taken(expression)
    ]
    assert len(written) > EXPRESSIONS // 2
    for expression, theirs in zip(written, expected(rows, written), strict=True):
        ours = frame.select(value=compile_expression(expression.ours, COLUMNS).expr)["value"].to_list()
        wrong = [row for row, pair in enumerate(zip(ours, theirs, strict=True)) if differs(*pair)]
        assert not wrong, _mismatch(expression, rows, wrong[0], ours, theirs)


def _mismatch(
    written: Written, rows: Mapping[str, list[object]], place: int, ours: list[object], theirs: list[object]
) -> str:
    row = {name: cells[place] for name, cells in rows.items()}
    return f"{written.ours} of {row}: {ours[place]!r}, expected {theirs[place]!r}"


def _taken(written: Written) -> bool:
    """Returns whether it is accepted: neither constant for every event, nor too large."""
    try:
        return compile_expression(written.ours, COLUMNS).kind is written.kind
    except ExpressionError as error:
        if any(why in str(error) for why in ("at least one column", "smaller expression", "NULL for every event")):
            return False
        raise


@pytest.mark.long
@pytest.mark.parametrize("kind", tuple(ValueKind))
def test_a_value_does_not_depend_on_the_rows_beside_it(kind: ValueKind) -> None:
    """Exactly, except for the sign of a zero: a live run reads an event alone, history many at once."""
    chance = random.Random(fresh_seed())
    writer, rows = Writer(chance), rows_of(chance)
    frame = pl.DataFrame(rows, schema={name: polars_type(of) for name, of in COLUMNS.items()})
    drawn = (writer(kind, chance.randint(1, DEPTH)) for _ in range(EXPRESSIONS))
    written = {f"value_{number}": expression for number, expression in enumerate(filter(_taken, drawn))}
    compiled = {name: compile_expression(expression.ours, COLUMNS).expr for name, expression in written.items()}
    together = frame.select(**compiled)
    for many in (1, 2, 7):
        apart = pl.concat(frame[start : start + many].select(**compiled) for start in range(0, ROWS, many))
        for name, expression in written.items():
            wrong = apart[name].ne_missing(together[name]).arg_true().to_list()
            assert not wrong, _mismatch(expression, rows, wrong[0], apart[name].to_list(), together[name].to_list())
