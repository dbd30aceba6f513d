"""Lists the operators and functions of expressions with their arguments; everything else is refused."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from sqlglot import exp

from dataflows.definitions.sql.operators import arithmetic, comparisons, conditionals, numbers, patterns, texts, times
from dataflows.definitions.sql.typed import Typed

Made = Callable[..., Typed]


class SqlRule(NamedTuple):
    """How a part is made of others: `args` are passed in this order, None for omitted ones."""

    made: Made
    args: tuple[str, ...] = ("this",)


_PAIR = ("this", "expression")


def _of_all(of: Callable[[Sequence[Typed]], Typed]) -> Made:
    return lambda first, rest: of([first, *rest])


def _log(first: Typed, second: Typed | None) -> Typed:
    """Compiles LOG(x) and LOG(base, x); the base must be a literal."""
    if second is None:
        return numbers.logarithm(first, 10)
    return numbers.logarithm(second, numbers.base_of(first))


def _part(name: str) -> Made:
    return lambda time: times.part_of(time, name)


RULES: Mapping[type[exp.Expr], SqlRule] = {
    exp.Add: SqlRule(arithmetic.add, _PAIR),
    exp.Sub: SqlRule(arithmetic.subtract, _PAIR),
    exp.Mul: SqlRule(arithmetic.multiply, _PAIR),
    exp.Div: SqlRule(arithmetic.divide, _PAIR),
    exp.IntDiv: SqlRule(arithmetic.divide_whole, _PAIR),
    exp.Mod: SqlRule(arithmetic.remainder, _PAIR),
    exp.EQ: SqlRule(comparisons.compare("=", eq), _PAIR),
    exp.NEQ: SqlRule(comparisons.compare("<>", ne), _PAIR),
    exp.LT: SqlRule(comparisons.compare("<", lt), _PAIR),
    exp.LTE: SqlRule(comparisons.compare("<=", le), _PAIR),
    exp.GT: SqlRule(comparisons.compare(">", gt), _PAIR),
    exp.GTE: SqlRule(comparisons.compare(">=", ge), _PAIR),
    exp.NullSafeNEQ: SqlRule(comparisons.distinct, _PAIR),
    exp.NullSafeEQ: SqlRule(lambda a, b: comparisons.negated(comparisons.distinct(a, b)), _PAIR),
    exp.Not: SqlRule(comparisons.negated),
    exp.In: SqlRule(comparisons.within, ("this", "expressions")),
    exp.Coalesce: SqlRule(_of_all(conditionals.coalesce), ("this", "expressions")),
    exp.Nullif: SqlRule(conditionals.nullif, _PAIR),
    exp.Greatest: SqlRule(_of_all(lambda parts: conditionals.extreme(parts, True)), ("this", "expressions")),
    exp.Least: SqlRule(_of_all(lambda parts: conditionals.extreme(parts, False)), ("this", "expressions")),
    exp.Abs: SqlRule(arithmetic.absolute),
    exp.Round: SqlRule(numbers.rounded, ("this", "decimals")),
    exp.Floor: SqlRule(numbers.floor),
    exp.Ceil: SqlRule(numbers.ceil),
    exp.Sign: SqlRule(numbers.sign),
    exp.Sqrt: SqlRule(numbers.root),
    exp.Ln: SqlRule(lambda x: numbers.logarithm(x, None)),
    exp.Log: SqlRule(_log, _PAIR),
    exp.Exp: SqlRule(numbers.exponential),
    exp.Pow: SqlRule(numbers.power, _PAIR),
    exp.DPipe: SqlRule(lambda a, b: texts.joined([a, b]), _PAIR),
    exp.Concat: SqlRule(texts.concat, ("expressions",)),
    exp.Lower: SqlRule(texts.lower),
    exp.Upper: SqlRule(texts.upper),
    exp.Length: SqlRule(texts.length),
    exp.ArraySize: SqlRule(texts.length),
    exp.Substring: SqlRule(texts.substring, ("this", "start", "length")),
    exp.Left: SqlRule(texts.left, _PAIR),
    exp.Right: SqlRule(texts.right, _PAIR),
    exp.Replace: SqlRule(texts.replaced, ("this", "expression", "replacement")),
    exp.StartsWith: SqlRule(texts.starts_with, _PAIR),
    exp.EndsWith: SqlRule(texts.ends_with, _PAIR),
    exp.Contains: SqlRule(texts.contains, _PAIR),
    exp.RegexpLike: SqlRule(patterns.regexp_matches, _PAIR),
    exp.TimeToUnix: SqlRule(_part("EPOCH")),
    exp.Date: SqlRule(times.at_midnight),
    exp.Year: SqlRule(_part("YEAR")),
    exp.Quarter: SqlRule(_part("QUARTER")),
    exp.Month: SqlRule(_part("MONTH")),
    exp.Week: SqlRule(_part("WEEK")),
    exp.Day: SqlRule(_part("DAY")),
    exp.DayOfMonth: SqlRule(_part("DAY")),
    exp.DayOfWeek: SqlRule(_part("DOW")),
    exp.DayOfYear: SqlRule(_part("DOY")),
    exp.Hour: SqlRule(_part("HOUR")),
    exp.Minute: SqlRule(_part("MINUTE")),
    exp.Second: SqlRule(_part("SECOND")),
}
