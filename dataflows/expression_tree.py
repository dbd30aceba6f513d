"""What an expression is made of: refused are parts whose value depends on other rows, the clock or chance."""

import json
import re
from collections.abc import Iterator

import polars as pl

ACROSS_ROWS = {
    "Agg": "an aggregate",
    "Len": "an aggregate",
    "Over": "a window function",
    "Window": "a window function",
    "Rolling": "a window function",
    "SubPlan": "a subquery",
    "Explode": "a function that changes the number of rows",
    "Filter": "a function that changes the number of rows",
    "Slice": "a function that changes the number of rows",
    "Gather": "a function that picks other rows",
    "Sort": "a function that moves rows",
    "SortBy": "a function that moves rows",
    "Selector": "a selection of several columns",
    "AnonymousFunction": "a function of unknown content",
    "Eval": "a function over a list",
}
ACROSS_ROWS_FUNCTIONS = frozenset(
    {
        *("Shift", "ShiftAndFill", "Rank", "Diff", "PctChange", "Reverse"),
        *("Unique", "DropNulls", "DropNans", "CumCount", "CumSum", "CumProd"),
        *("CumMin", "CumMax", "RLE", "RLEID", "Random", "Range"),
        *("Interpolate", "FillNullWithStrategy", "BackwardFill", "ForwardFill", "ArgUnique", "ArgSort"),
        *("Mode", "ValueCounts", "EwmMean", "EwmStd", "EwmVar", "RollingExpr"),
        *("Hist", "TopK", "Sample", "IsFirstDistinct"),
    }
)
CLOCK_AND_CHANCE = re.compile(
    r"\b(current_timestamp|current_date|current_time|localtime|localtimestamp)\b"
    r"|\b(now|today|random|rand|uuid|gen_random_uuid)(?=\s*\()",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_VERBATIM = frozenset({"Literal", "Column", "options", "dtype", "StringExpr", "TemporalExpr"})


def refusal(expression: pl.Expr) -> str | None:
    """What in an expression looks at other rows, in words; None when nothing does.

    >>> refusal(pl.sql_expr("sum(a)")), refusal(pl.sql_expr("a / 7"))
    ('an aggregate', None)
    """
    for node in _nodes(json.loads(expression.meta.serialize(format="json"))):
        if node in ACROSS_ROWS:
            return ACROSS_ROWS[node]
        if node in ACROSS_ROWS_FUNCTIONS:
            return "a function of several rows"
    return None


def clock_or_chance(text: str) -> str | None:
    """The first word of a text that asks the clock or a random generator.

    >>> clock_or_chance("now() - t"), clock_or_chance("now - 'now()'")
    ('now', None)
    """
    match = CLOCK_AND_CHANCE.search(_QUOTED.sub(" ", text))
    return match[0] if match else None


def text_literals(text: str) -> tuple[str, ...]:
    """The text literals of an expression, for samples that pass its comparisons.

    >>> text_literals("a = 'x' OR b = 'it''s'")
    ('x', "it's")
    """
    return tuple(m[0][1:-1].replace("''", "'") for m in _QUOTED.finditer(text) if m[0].startswith("'"))


def _nodes(tree: object) -> Iterator[str]:
    """The names of all parts, without what stands in literals and column names."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
    elif isinstance(tree, dict):
        for name, part in tree.items():
            yield name
            yield from () if name in _VERBATIM else _nodes(part)
