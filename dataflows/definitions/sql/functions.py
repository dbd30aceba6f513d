"""What an expression may be made of: each operator and function with its arguments. All else is refused."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from sqlglot import exp

from dataflows.definitions.sql import arithmetic, comparisons, conditionals, numbers, patterns, texts, times
from dataflows.definitions.sql.typed import Typed

Made = Callable[..., Typed]


class Rule(NamedTuple):
    """How a part is made of others: `args` are handed over in this order, None for those that are not given."""

    made: Made
    args: tuple[str, ...] = ("this",)


_PAIR = ("this", "expression")


def _of_all(of: Callable[[Sequence[Typed]], Typed]) -> Made:
    return lambda first, rest: of([first, *rest])


def _log(first: Typed, second: Typed | None) -> Typed:
    """LOG(x), LOG(base, x): the base is written out."""
    if second is None:
        return numbers.logarithm(first, 10)
    return numbers.logarithm(second, numbers.base_of(first))


def _part(name: str) -> Made:
    return lambda time: times.part_of(time, name)


RULES: Mapping[type[exp.Expr], Rule] = {
    exp.Add: Rule(arithmetic.add, _PAIR),
    exp.Sub: Rule(arithmetic.subtract, _PAIR),
    exp.Mul: Rule(arithmetic.multiply, _PAIR),
    exp.Div: Rule(arithmetic.divide, _PAIR),
    exp.IntDiv: Rule(arithmetic.divide_whole, _PAIR),
    exp.Mod: Rule(arithmetic.remainder, _PAIR),
    exp.EQ: Rule(comparisons.compare("=", eq), _PAIR),
    exp.NEQ: Rule(comparisons.compare("<>", ne), _PAIR),
    exp.LT: Rule(comparisons.compare("<", lt), _PAIR),
    exp.LTE: Rule(comparisons.compare("<=", le), _PAIR),
    exp.GT: Rule(comparisons.compare(">", gt), _PAIR),
    exp.GTE: Rule(comparisons.compare(">=", ge), _PAIR),
    exp.NullSafeNEQ: Rule(comparisons.distinct, _PAIR),
    exp.NullSafeEQ: Rule(lambda a, b: comparisons.negated(comparisons.distinct(a, b)), _PAIR),
    exp.Not: Rule(comparisons.negated),
    exp.In: Rule(comparisons.within, ("this", "expressions")),
    exp.Coalesce: Rule(_of_all(conditionals.coalesce), ("this", "expressions")),
    exp.Nullif: Rule(conditionals.nullif, _PAIR),
    exp.Greatest: Rule(_of_all(lambda parts: conditionals.extreme(parts, True)), ("this", "expressions")),
    exp.Least: Rule(_of_all(lambda parts: conditionals.extreme(parts, False)), ("this", "expressions")),
    exp.Abs: Rule(arithmetic.absolute),
    exp.Round: Rule(numbers.rounded, ("this", "decimals")),
    exp.Floor: Rule(numbers.floor),
    exp.Ceil: Rule(numbers.ceil),
    exp.Sign: Rule(numbers.sign),
    exp.Sqrt: Rule(numbers.root),
    exp.Ln: Rule(lambda x: numbers.logarithm(x, None)),
    exp.Log: Rule(_log, _PAIR),
    exp.Exp: Rule(numbers.exponential),
    exp.Pow: Rule(numbers.power, _PAIR),
    exp.DPipe: Rule(lambda a, b: texts.joined([a, b]), _PAIR),
    exp.Concat: Rule(texts.concat, ("expressions",)),
    exp.Lower: Rule(texts.lower),
    exp.Upper: Rule(texts.upper),
    exp.Length: Rule(texts.length),
    exp.ArraySize: Rule(texts.length),
    exp.Substring: Rule(texts.substring, ("this", "start", "length")),
    exp.Left: Rule(texts.left, _PAIR),
    exp.Right: Rule(texts.right, _PAIR),
    exp.Replace: Rule(texts.replaced, ("this", "expression", "replacement")),
    exp.StartsWith: Rule(texts.starts_with, _PAIR),
    exp.EndsWith: Rule(texts.ends_with, _PAIR),
    exp.Contains: Rule(texts.contains, _PAIR),
    exp.RegexpLike: Rule(patterns.regexp_matches, _PAIR),
    exp.TimeToUnix: Rule(_part("EPOCH")),
    exp.Date: Rule(times.at_midnight),
    exp.Year: Rule(_part("YEAR")),
    exp.Quarter: Rule(_part("QUARTER")),
    exp.Month: Rule(_part("MONTH")),
    exp.Week: Rule(_part("WEEK")),
    exp.Day: Rule(_part("DAY")),
    exp.DayOfMonth: Rule(_part("DAY")),
    exp.DayOfWeek: Rule(_part("DOW")),
    exp.DayOfYear: Rule(_part("DOY")),
    exp.Hour: Rule(_part("HOUR")),
    exp.Minute: Rule(_part("MINUTE")),
    exp.Second: Rule(_part("SECOND")),
}
