"""Compiles forms with their own syntax: literals, CASE, IS, CAST, EXTRACT, LIKE."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, le

from sqlglot import exp

from dataflows.definitions.sql import literals
from dataflows.definitions.sql.operators import arithmetic, comparisons, conditionals, patterns, texts, times
from dataflows.definitions.sql.operators.casts import cast
from dataflows.definitions.sql.parser import operands
from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.typed import Typed
from dataflows.definitions.sql.unsupported import refusal

Compile = Callable[[exp.Expr], Typed]
Special = Callable[[exp.Expr, Compile], Typed]
_SILENT = frozenset({"typed", "safe", "coalesce", "ignore_nulls", "negate"})
"""Arguments that concern only other systems, or that are read elsewhere."""


def only(node: exp.Expr, *names: str) -> None:
    """Raises ExpressionError if a node has more arguments than expected, so that nothing is silently ignored."""
    if query := node.args.get("query"):
        raise refusal(query)
    for name, argument in node.args.items():
        if argument and name not in names and name not in _SILENT and not name.startswith("_"):
            raise ExpressionError("fewer arguments", f"{node.key.upper()} does not take {name}")


def _paren(node: exp.Expr, compiled: Compile) -> Typed:
    return compiled(node.this)


def _literal(node: exp.Expr, _: Compile) -> Typed:
    return literals.text(node.this) if node.args.get("is_string") else literals.number(str(node.this))


def _boolean(node: exp.Expr, _: Compile) -> Typed:
    return literals.truth(bool(node.this))


def _null(_node: exp.Expr, _: Compile) -> Typed:
    return literals.nothing()


def _negative(node: exp.Expr, compiled: Compile) -> Typed:
    inner = node.this
    if isinstance(inner, exp.Literal) and not inner.is_string:
        text = str(inner.this)
        return literals.whole(-int(text)) if text.isdigit() else literals.number("-" + text)
    return arithmetic.negate(compiled(inner))


def _and(node: exp.Expr, compiled: Compile) -> Typed:
    return comparisons.both([compiled(operand) for operand in operands(node, exp.And)])


def _or(node: exp.Expr, compiled: Compile) -> Typed:
    return comparisons.either([compiled(operand) for operand in operands(node, exp.Or)])


def _is(node: exp.Expr, compiled: Compile) -> Typed:
    asked = node.args["expression"]
    if isinstance(asked, exp.Null):
        return comparisons.is_null(compiled(node.this))
    if isinstance(asked, exp.Boolean):
        return comparisons.is_truth(compiled(node.this), bool(asked.this))
    raise ExpressionError("NULL, TRUE, FALSE or UNKNOWN after IS", "use = to compare two values")


def _between(node: exp.Expr, compiled: Compile) -> Typed:
    only(node, "this", "low", "high")
    value, low, high = (compiled(node.args[name]) for name in ("this", "low", "high"))
    at_least, at_most = comparisons.compare(">=", ge), comparisons.compare("<=", le)
    return comparisons.both([at_least(value, low), at_most(value, high)])


def _like(node: exp.Expr, compiled: Compile) -> Typed:
    escape = None
    if isinstance(node, exp.Escape):
        escape, node = str(node.args["expression"].name), node.this
        if len(escape) != 1:
            raise ExpressionError("one character after ESCAPE")
    if not isinstance(node, exp.Like | exp.ILike):
        raise ExpressionError("LIKE before ESCAPE")
    text, pattern = compiled(node.this), compiled(node.args["expression"])
    matched = patterns.like(text, pattern, escape, isinstance(node, exp.ILike))
    return comparisons.negated(matched) if node.args.get("negate") else matched


def _case(node: exp.Expr, compiled: Compile) -> Typed:
    subject = node.this
    choices = [
        (_condition(subject, branch.this, compiled), compiled(branch.args["true"])) for branch in node.args["ifs"]
    ]
    default = node.args.get("default")
    return conditionals.case(choices, compiled(default) if default else None)


def _condition(subject: exp.Expr | None, condition: exp.Expr, compiled: Compile) -> Typed:
    if subject is None:
        return compiled(condition)
    return comparisons.compare("=", eq)(compiled(subject), compiled(condition))


def _if(node: exp.Expr, compiled: Compile) -> Typed:
    default = node.args.get("false")
    choice = compiled(node.this), compiled(node.args["true"])
    return conditionals.case([choice], compiled(default) if default else None)


def _cast(node: exp.Expr, compiled: Compile) -> Typed:
    only(node, "this", "to", "safe")
    to = node.args["to"]
    precision = to.expressions[0].name if to.expressions else None
    target = to.this.name if isinstance(to.this, exp.DType) else str(to.this)
    return cast(compiled(node.this), target, precision, counted=not isinstance(node, exp.TryCast))


def _extract(node: exp.Expr, compiled: Compile) -> Typed:
    return times.part_of(compiled(node.args["expression"]), node.this.name.upper())


def _truncated(node: exp.Expr, compiled: Compile) -> Typed:
    only(node, "this", "unit")
    return times.truncated(compiled(node.this), node.args["unit"].name.upper())


def _from_unix(node: exp.Expr, compiled: Compile) -> Typed:
    only(node, "this", "scale")
    scale = node.args.get("scale")
    if scale is None:
        return times.to_timestamp(compiled(node.this))
    if scale.name == "3":
        return times.epoch_ms(compiled(node.this))
    raise ExpressionError("EPOCH_MS or TO_TIMESTAMP", "times have a precision of 1 ms")


def _trim(node: exp.Expr, compiled: Compile) -> Typed:
    only(node, "this", "expression", "position")
    letters = node.args.get("expression")
    side = str(node.args.get("position") or "BOTH")
    return texts.trimmed(compiled(node.this), compiled(letters) if letters else None, side)


def _date_part(node: exp.Expr, compiled: Compile) -> Typed:
    name, time = _arguments(node, 2)
    return times.part_of(compiled(time), name.name.upper())


def _pair(of: Callable[[Typed, Typed], Typed]) -> Special:
    def build(node: exp.Expr, compiled: Compile) -> Typed:
        left, right = _arguments(node, 2)
        return of(compiled(left), compiled(right))

    return build


def _arguments(node: exp.Expr, count: int) -> Sequence[exp.Expr]:
    if len(node.expressions) != count:
        raise ExpressionError(f"{count} arguments of {node.name.upper()}", f"it has {len(node.expressions)}")
    return list(node.expressions)


SPECIAL: Mapping[type[exp.Expr], Special] = {
    exp.Paren: _paren,
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Neg: _negative,
    exp.And: _and,
    exp.Or: _or,
    exp.Is: _is,
    exp.Between: _between,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _like,
    exp.Case: _case,
    exp.If: _if,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Extract: _extract,
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.UnixToTime: _from_unix,
    exp.Trim: _trim,
}
NAMED: Mapping[str, Special] = {
    "DATE_PART": _date_part,
    "DATEPART": _date_part,
    "PREFIX": _pair(texts.starts_with),
    "SUFFIX": _pair(texts.ends_with),
}
