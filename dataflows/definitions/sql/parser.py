"""Parses a text to a tree. Refuses every text that cannot be parsed with a sentence."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.versions import quoted

LONGEST = 2_000
DEEPEST = 30
_CHAINED = 0.25
"""Weight of a link of a chain such as `a + b + c`: the parser does not recurse for it, so it weighs less than a
level."""
CHAINS = (exp.And, exp.Or)
_COMPARING = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between, exp.Like)
_WORDS = {
    "==": "SQL compares with =",
    "~": "REGEXP_MATCHES(text, 'pattern') looks for a regex",
    "^": "POWER(a, b) raises to a power",
    "**": "POWER(a, b) raises to a power",
    "::": "CAST(x AS type) gives another type",
    "@": "ABS(x) is the distance from zero",
}
_REFUSED = frozenset(_WORDS) - {"==", "::"}


def parsed(text: str) -> exp.Expr:
    """Returns the tree of a text. Raises ExpressionError."""
    if not text.strip():
        raise ExpressionError("an expression", "it is empty")
    if len(text) > LONGEST:
        raise ExpressionError(f"at most {LONGEST} characters", f"it has {len(text)}")
    if not text.replace("\n", " ").replace("\t", " ").replace("\r", " ").isprintable():
        raise ExpressionError("an expression in SQL", "it contains a control character or another that cannot be seen")
    tree = _tree(text)
    _check_depth(tree)
    _check_order(tree)
    return tree


def column_nodes(tree: exp.Expr) -> Iterator[exp.Column]:
    """Yields the columns in a tree."""
    return tree.find_all(exp.Column)


def operands(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Returns the operands of a chain of one operator: three for `a AND b AND c`."""
    parts, waiting = [], [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, kind):
            waiting += [part.args["expression"], part.args["this"]]
        else:
            parts.append(part)
    return parts


def _tree(text: str) -> exp.Expr:
    try:
        text = quoted(text)
        _check_words(sqlglot.tokenize(text, read="duckdb"))
        tree = sqlglot.parse_one(text, read="duckdb")
    except ExpressionError:
        raise
    except RecursionError as error:
        raise ExpressionError("an expression nested less deeply") from error
    except ParseError as error:
        raise ExpressionError("an expression in SQL", _why(error)) from error
    except (SqlglotError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ExpressionError("an expression in SQL", "it cannot be parsed") from error
    return tree


def _check_words(tokens: list[Token]) -> None:
    for token in tokens:
        if token.token_type is TokenType.STRING:
            continue
        if token.text in _REFUSED:
            raise ExpressionError("an expression in SQL", f"{token.text} is not part of it: {_WORDS[token.text]}")
        if token.token_type is TokenType.SEMICOLON:
            raise ExpressionError("one expression", "a semicolon ends it")


def _check_depth(tree: exp.Expr) -> None:
    waiting = [(tree, 1.0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise ExpressionError("an expression nested less deeply", f"at most {DEEPEST} levels")
        waiting += [(child, depth + _weight(node, child)) for child in node.iter_expressions()]


def _weight(node: exp.Expr, child: exp.Expr) -> float:
    if isinstance(node, CHAINS) and type(child) is type(node):
        return 0.0
    return _CHAINED if isinstance(node, exp.Binary) and isinstance(child, exp.Binary) and child is node.this else 1.0


def _check_order(tree: exp.Expr) -> None:
    """Requires parentheses where SQL systems differ in precedence."""
    for node in tree.find_all(*_COMPARING):
        if any(isinstance(child, _COMPARING) for child in node.iter_expressions()):
            raise ExpressionError("parentheses around a comparison within another", "such as (a = b) IS NULL")


def _why(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    description, column = str(first.get("description") or ""), first.get("col")
    if description.startswith("Required keyword") or not column:
        return "something is missing in it"
    return f"what ends at character {column} does not belong there"
