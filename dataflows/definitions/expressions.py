"""The expression language: SQL over the columns of one event, checked when the definitions are loaded.

An expression never raises for an event: a value that overflows or fails in another way is null and is counted by
reason. Failures are counted only where a batch has nulls and the expression can fail; see `Compiled.failed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PolarsError
from sqlglot import exp

from dataflows.definitions.model.value_types import CANONICAL, kind_of, polars_type
from dataflows.definitions.sql.compiler import Compiler
from dataflows.definitions.sql.parser import LONGEST, column_nodes, parsed
from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.typed import NullCause, Typed
from dataflows.kernels.opcodes import ValueKind

__all__ = ["LONGEST", "Compiled", "ExpressionError", "column_names", "compile_expression"]

_WHY = "why"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled expression: gives Int64, Float64, Boolean, String or Datetime (ms, UTC), by kind."""

    expr: pl.Expr
    kind: ValueKind
    reads: tuple[str, ...]
    failures: tuple[NullCause, ...] = ()

    def failed(self, frame: pl.DataFrame, nulls: pl.Series) -> dict[str, npt.NDArray[np.int64]]:
        """Returns the rows of values that could not be computed, by reason; `nulls` marks the rows to check."""
        if not self.failures or not nulls.any():
            return {}
        reasons = [pl.when(failure.rows).then(pl.lit(failure.why)) for failure in self.failures]
        why = frame.filter(nulls).select_seq(pl.coalesce(*reasons).alias(_WHY))[_WHY]
        rows = np.flatnonzero(nulls.to_numpy())
        return {reason: rows[(why == reason).fill_null(False).to_numpy()] for reason in why.drop_nulls().unique()}


def compile_expression(text: str, columns: Mapping[str, str]) -> Compiled:
    """Compiles an expression over columns (name -> column or value type). Raises ExpressionError.

    >>> compile_expression("amount / 7", {"amount": "DOUBLE"}).kind
    <ValueKind.REAL: 'REAL'>
    """
    return _compiled(text, tuple(columns.items()))


def column_names(text: str) -> tuple[str, ...]:
    """Returns the columns that a text reads, sorted. Raises ExpressionError if it cannot be parsed."""
    return _parsed(text)[1]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[exp.Expr, tuple[str, ...]]:
    """Returns the shared, unchanged tree of a text and the columns it reads."""
    tree = parsed(text)
    return tree, tuple(sorted({node.name for node in column_nodes(tree)}))


@lru_cache(maxsize=4096)
def _compiled(text: str, columns: tuple[tuple[str, str], ...]) -> Compiled:
    types = dict(columns)
    tree, reads = _parsed(text)
    typed = Compiler(types)(tree)
    if typed.kind is None:
        raise ExpressionError("a number, text, truth value or time", f"its type is {typed.name}")
    if not reads:
        raise ExpressionError("at least one column in it", "it is the same for every event")
    compiled = Compiled(typed.expr, typed.kind, reads, typed.failures)
    _check(compiled, types, typed)
    return compiled


def _check(compiled: Compiled, types: Mapping[str, str], typed: Typed) -> None:
    """Evaluates the expression over two rows of nulls, to check its type and its number of values."""
    frame = pl.DataFrame({name: [None, None] for name in types}, {name: polars_type(of) for name, of in types.items()})
    try:
        column = frame.select(compiled.expr.alias("value"))["value"]
        compiled.failed(frame, column.is_null())
    except PolarsError as error:
        raise ExpressionError("an expression that can be evaluated", str(error).split("\n", 1)[0][:200]) from error
    if column.dtype != CANONICAL[compiled.kind] or len(column) != len(frame) or kind_of(column.dtype) != typed.kind:
        raise ExpressionError("an expression that can be evaluated", f"polars gives {column.dtype}, not {typed.name}")
