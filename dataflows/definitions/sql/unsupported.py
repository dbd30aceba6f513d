"""Explains syntax that is not part of the language, and suggests an alternative."""

from sqlglot import exp

from dataflows.definitions.sql.refusals import ExpressionError

OVER_ONE_EVENT = "an expression over one event"
_FOLDING = "`aggregation` aggregates events"
_CLOCK = frozenset({"NOW", "TODAY", "GET_CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"})
_CHANCE = frozenset({"RANDOM", "RAND", "UUID", "GEN_RANDOM_UUID", "UUIDV4", "UUIDV7"})
_CLOCK_NODES = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Localtime, exp.Localtimestamp)
_WINDOWS = (exp.Window, exp.Rank, exp.RowNumber, exp.Lag, exp.Lead)
_NAMES = (
    "ABS ROUND FLOOR CEIL SIGN SQRT LN LOG EXP POWER MOD GREATEST LEAST COALESCE NULLIF IF LOWER UPPER LENGTH TRIM "
    "SUBSTR LEFT RIGHT REPLACE CONCAT STARTS_WITH ENDS_WITH CONTAINS REGEXP_MATCHES EXTRACT DATE_TRUNC EPOCH_MS "
    "TO_TIMESTAMP ARRAY_LENGTH"
)


def refusal(node: exp.Expr) -> ExpressionError:
    """Explains why a node is not allowed."""
    name = node.name.upper() if isinstance(node, exp.Anonymous) else node.key.upper()
    if isinstance(node, _CLOCK_NODES) or name in _CLOCK:
        return _unsteady(node, "the event's own time")
    if isinstance(node, exp.Rand) or name in _CHANCE:
        return _unsteady(node, "a column")
    if across := _across_rows(node):
        return ExpressionError(OVER_ONE_EVENT, f"it contains {across}; {_FOLDING}")
    if isinstance(node, exp.Func):
        return ExpressionError(f"a supported function instead of {_excerpt(node)}", f"available: {_NAMES}")
    return ExpressionError("an expression in SQL", f"{_excerpt(node)} is not supported")


def _across_rows(node: exp.Expr) -> str | None:
    if isinstance(node, _WINDOWS):
        return "a window function"
    if isinstance(node, exp.AggFunc):
        return "an aggregate"
    if isinstance(node, exp.Subquery | exp.Query | exp.Exists):
        return "a subquery"
    if isinstance(node, exp.Explode | exp.Unnest):
        return "a function that changes the number of rows"
    if isinstance(node, exp.Star | exp.Columns):
        return "a selection of several columns"
    return None


def _unsteady(node: exp.Expr, instead: str) -> ExpressionError:
    expected = "an expression that depends on the event only"
    return ExpressionError(expected, f"{_excerpt(node)} does not; use {instead}")


def _excerpt(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 60 else f"{text[:57]}..."
