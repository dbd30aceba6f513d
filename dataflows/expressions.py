"""The expression language: polars SQL, row by row, checked when the definitions are loaded.

Arithmetic is polars': `/` divides to a double also between integers, and division by zero gives a value that
is not finite, which no feature folds; `//` cuts towards zero and gives null by zero; ROUND takes halves to
the even neighbour; integers wrap at 64 bits. Literals such as 1.5 are exact decimals; every number that is
not an integer leaves as a double, and a time outside the years 1 to 9999 as null. `CAST` is refused where
some event could make it fail: `TRY_CAST` gives null there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import polars as pl
from polars.exceptions import ColumnNotFoundError, PolarsError, SQLInterfaceError, SQLSyntaxError

from dataflows.column_types import CANONICAL, kind_of, polars_type
from dataflows.definition_errors import did_you_mean
from dataflows.expression_sample import across_rows, sample
from dataflows.expression_tree import clock_or_chance, refusal, text_literals
from dataflows.monoids import Kind

LONGEST = 2_000
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
ROW_BY_ROW = "an expression over one event"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Ready to evaluate: gives Int64, Float64, Boolean, String or Datetime (ms, UTC), by kind."""

    expr: pl.Expr
    kind: Kind
    reads: tuple[str, ...]


class ExpressionError(ValueError):
    """A text that is no expression of the language over these columns."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        self.expected, self.hint = expected, hint
        super().__init__(f"expected {expected}" + (f"; {hint}" if hint else ""))


def compile_expression(text: str, columns: Mapping[str, str]) -> Compiled:
    """An expression over columns (name -> column or value type), checked; ExpressionError says why not.

    >>> compile_expression("amount / 7", {"amount": "DOUBLE"}).kind
    <Kind.REAL: 'REAL'>
    """
    return _compiled(text, tuple(columns.items()))


def column_names(text: str) -> tuple[str, ...]:
    """The columns a text reads, sorted; ExpressionError when it cannot be parsed."""
    return tuple(sorted(set(_parsed(text).meta.root_names())))


@lru_cache(maxsize=4096)
def _compiled(text: str, columns: tuple[tuple[str, str], ...]) -> Compiled:
    types = dict(columns)
    expression = _parsed(text)
    _check_parts(text, expression)
    reads = _known_columns(expression, types)
    kind, expression = _typed(expression, types)
    _check_rows(text, expression, {name: types[name] for name in reads})
    return Compiled(expression, kind, reads)


def _parsed(text: str) -> pl.Expr:
    if not text.strip():
        raise ExpressionError("an expression", "it is empty")
    if len(text) > LONGEST:
        raise ExpressionError(f"at most {LONGEST} characters", f"it has {len(text)}")
    try:
        return pl.sql_expr(text)
    except (SQLInterfaceError, SQLSyntaxError) as error:
        raise ExpressionError("an expression in polars SQL", _first_line(error)) from error
    except BaseException as error:
        raise _as_error(error, "an expression in polars SQL") from error


def _check_parts(text: str, expression: pl.Expr) -> None:
    word = clock_or_chance(text)
    if word is not None:
        hint = f"{word} is not; use the event's own time"
        raise ExpressionError("the same value whenever it is computed", hint)
    try:
        part = refusal(expression)
    except RecursionError as error:
        raise ExpressionError("an expression nested less deeply") from error
    except (PolarsError, ValueError) as error:
        raise ExpressionError(ROW_BY_ROW, _first_line(error)) from error
    if part is not None:
        raise ExpressionError(ROW_BY_ROW, f"it contains {part}; folding events is what `aggregation` does")


def _known_columns(expression: pl.Expr, types: Mapping[str, str]) -> tuple[str, ...]:
    reads = tuple(sorted(set(expression.meta.root_names())))
    for name in reads:
        if name not in types:
            raise ExpressionError(f"a column instead of {name}", did_you_mean(name, types))
    if not reads:
        raise ExpressionError("at least one column in it", "it is the same for every event")
    return reads


def _typed(expression: pl.Expr, types: Mapping[str, str]) -> tuple[Kind, pl.Expr]:
    """The kind, and the expression as the type of that kind; a number beyond it is null."""
    frame = pl.DataFrame(schema={name: polars_type(kind) for name, kind in types.items()})
    dtype = _evaluated(frame, expression)
    kind = kind_of(dtype)
    if kind is None:
        raise ExpressionError("a number, text, truth value or time", f"its type is {dtype}")
    typed = expression if dtype == CANONICAL[kind] else expression.cast(CANONICAL[kind], strict=False)
    if kind is Kind.TIMESTAMP and not expression.meta.is_column():
        typed = pl.when(typed.is_between(pl.lit(EARLIEST), pl.lit(LATEST))).then(typed)
    return kind, typed


def _evaluated(frame: pl.DataFrame, expression: pl.Expr) -> pl.DataType:
    try:
        return frame.select(expression.alias("value")).schema["value"]
    except ColumnNotFoundError as error:
        raise ExpressionError("columns that exist", _first_line(error)) from error
    except PolarsError as error:
        raise ExpressionError("types that fit together", _first_line(error)) from error
    except BaseException as error:
        raise _as_error(error, "types that fit together") from error


def _check_rows(text: str, expression: pl.Expr, types: Mapping[str, str]) -> None:
    try:
        depends = across_rows(sample(types, text_literals(text)), expression)
    except PolarsError as error:
        hint = f"{_first_line(error)}; TRY_CAST gives null where CAST fails"
        raise ExpressionError("an expression that no event can make fail", hint) from error
    except BaseException as error:
        raise _as_error(error, "an expression that no event can make fail") from error
    if depends:
        raise ExpressionError(ROW_BY_ROW, "its value at one row depends on other rows")


def _as_error(error: BaseException, expected: str) -> ExpressionError:
    """Panics of polars are no subclass of Exception; anything else that is none is passed on."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return ExpressionError(expected, _first_line(error))
    raise error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0][:200] or type(error).__name__
