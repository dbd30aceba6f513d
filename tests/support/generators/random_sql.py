"""Random expressions, each written twice: for Headrace, and for DuckDB in its own types."""

import random
from collections.abc import Callable, Iterator

from dataflows.kernels.opcodes import ValueKind
from tests.support.generators.written_sql import Written, form, literal

COLUMNS = {
    "i": "INT64", "j": "INT64", "k": "INT32", "d": "DOUBLE", "e": "FLOAT", "b": "BOOL", "c": "BOOL",
    "s": "STRING", "u": "STRING", "t": "TIMESTAMP", "v": "TIMESTAMP",
}  # fmt: skip
BY_KIND = {
    ValueKind.INT: ("i", "j", "k"), ValueKind.REAL: ("d", "e"), ValueKind.BOOL: ("b", "c"), ValueKind.TEXT: ("s", "u"),
    ValueKind.TIMESTAMP: ("t", "v"),
}  # fmt: skip
NUMBERS = (ValueKind.INT, ValueKind.REAL)
PATTERNS = ("'a%'", "'%b'", "'%9%'", "'_'", "'a_%'", "'%'", "''", "'a!%'", "'Z%9'", "'%.%'")
REGEXES = ("'^a'", "'[0-9]+'", "'b$'", "'(a|z)'", "'a.b'", "''")
PARTS = ("year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second")
STEPS = ("second", "minute", "hour", "day", "week", "month", "year")


Maker = Callable[["Writer", int], Written]


class Writer:
    """Writes expressions of a kind, at most so many levels deep."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def __call__(self, kind: ValueKind, depth: int) -> Written:
        """Returns one expression."""
        if depth <= 0 or self.chance.random() < 0.15:
            return self.leaf(kind)
        return self.chance.choice(MAKERS[kind])(self, depth - 1)

    def leaf(self, kind: ValueKind) -> Written:
        """Returns a column or a literal."""
        if kind is ValueKind.TIMESTAMP or self.chance.random() < 0.65:
            name = self.chance.choice(BY_KIND[kind])
            return Written(kind, name, name)
        return literal(kind, self.chance)

    def number(self, depth: int) -> Written:
        """Returns an integer or a double."""
        return self(self.chance.choice(NUMBERS), depth)

    def any(self, depth: int) -> Written:
        """Returns an expression of any kind."""
        return self(self.chance.choice(tuple(ValueKind)), depth)

    def alike(self, kind: ValueKind, depth: int) -> tuple[Written, Written]:
        """Returns two expressions that can be compared."""
        mixed = kind in NUMBERS
        return self(kind, depth), self.number(depth) if mixed else self(kind, depth)


def _arithmetic(writer: Writer, depth: int, kind: ValueKind) -> Written:
    sign = writer.chance.choice("+-*")
    other = ValueKind.INT if kind is ValueKind.INT else writer.chance.choice(NUMBERS)
    parts = writer(kind, depth), writer(other, depth)
    return form(kind, "{0} " + sign + " {1}", *parts, duck="TRY({0} " + sign + " {1})")


def _whole_division(writer: Writer, depth: int) -> Written:
    return form(
        ValueKind.INT, "{0} // {1}", writer(ValueKind.INT, depth), writer(ValueKind.INT, depth), duck="TRY({0} // {1})"
    )


def _remainder(writer: Writer, depth: int) -> Written:
    """Writes a remainder; DuckDB reports an overflow for the least number by -1, whose remainder is 0."""
    duck = "CASE WHEN {0} IS NOT NULL AND {1} = -1 THEN 0 ELSE TRY({0} % {1}) END"
    return form(ValueKind.INT, "{0} % {1}", writer(ValueKind.INT, depth), writer(ValueKind.INT, depth), duck=duck)


def _division(writer: Writer, depth: int) -> Written:
    a, b = writer.number(depth), writer.number(depth)
    return form(ValueKind.REAL, "{0} / {1}", a, b, duck="({0} / NULLIF({1}, 0))")


def _same(text: str, *kinds: ValueKind, duck: str | None = None) -> Callable[[ValueKind], Maker]:
    return lambda kind: (
        lambda writer, depth: form(kind, text, *(writer(argument, depth) for argument in kinds), duck=duck)
    )


def _comparison(writer: Writer, depth: int) -> Written:
    sign = writer.chance.choice(("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
    return form(ValueKind.BOOL, "{0} " + sign + " {1}", *writer.alike(writer.chance.choice(tuple(ValueKind)), depth))


def _logic(writer: Writer, depth: int) -> Written:
    sign = writer.chance.choice(("AND", "OR"))
    return form(ValueKind.BOOL, "{0} " + sign + " {1}", writer(ValueKind.BOOL, depth), writer(ValueKind.BOOL, depth))


def _test(writer: Writer, depth: int) -> Written:
    predicate = writer.chance.choice(("IS TRUE", "IS FALSE", "IS NOT TRUE", "IS NOT FALSE", "IS NULL", "IS NOT NULL"))
    return form(ValueKind.BOOL, "{0} " + predicate, writer(ValueKind.BOOL, depth))


def _null(writer: Writer, depth: int) -> Written:
    return form(ValueKind.BOOL, writer.chance.choice(("{0} IS NULL", "{0} IS NOT NULL")), writer.any(depth))


def _list(writer: Writer, depth: int) -> Written:
    kind = writer.chance.choice((ValueKind.INT, ValueKind.REAL, ValueKind.TEXT))
    values = [literal(kind, writer.chance) for _ in range(writer.chance.randint(1, 3))]
    places = ", ".join(f"{{{number}}}" for number in range(1, len(values) + 1))
    operator = writer.chance.choice(("IN", "NOT IN"))
    return form(ValueKind.BOOL, f"{{0}} {operator} ({places})", writer(kind, depth), *values)


def _between(writer: Writer, depth: int) -> Written:
    kind = writer.chance.choice((ValueKind.INT, ValueKind.REAL, ValueKind.TEXT, ValueKind.TIMESTAMP))
    operator = writer.chance.choice(("BETWEEN", "NOT BETWEEN"))
    return form(ValueKind.BOOL, f"{{0}} {operator} {{1}} AND {{2}}", *(writer(kind, depth) for _ in range(3)))


def _like(writer: Writer, depth: int) -> Written:
    operator = writer.chance.choice(("LIKE", "NOT LIKE"))
    pattern, escape = writer.chance.choice(PATTERNS), writer.chance.choice(("", " ESCAPE '!'"))
    return form(ValueKind.BOOL, f"{{0}} {operator} {pattern}{escape}", writer(ValueKind.TEXT, depth))


def _regex(writer: Writer, depth: int) -> Written:
    return form(
        ValueKind.BOOL, f"REGEXP_MATCHES({{0}}, {writer.chance.choice(REGEXES)})", writer(ValueKind.TEXT, depth)
    )


def _case(kind: ValueKind) -> Maker:
    def made(writer: Writer, depth: int) -> Written:
        end = writer.chance.choice(("", " ELSE {2}"))
        parts = writer(ValueKind.BOOL, depth), writer(kind, depth), writer(kind, depth)
        return form(kind, "CASE WHEN {0} THEN {1}" + end + " END", *parts)

    return made


def _chosen(kind: ValueKind) -> Maker:
    def made(writer: Writer, depth: int) -> Written:
        name = writer.chance.choice(("COALESCE", "NULLIF", "GREATEST", "LEAST", "IF"))
        if name == "IF":
            return form(
                kind, "IF({2}, {0}, {1})", writer(kind, depth), writer(kind, depth), writer(ValueKind.BOOL, depth)
            )
        return form(kind, name + "({0}, {1})", writer(kind, depth), writer(kind, depth))

    return made


def _cast(writer: Writer, depth: int) -> Written:
    name, target = writer.chance.choice(("CAST", "TRY_CAST")), writer.chance.choice(("BIGINT", "INT"))
    source = writer.chance.choice((ValueKind.INT, ValueKind.REAL, ValueKind.BOOL))
    return form(
        ValueKind.INT,
        f"{name}({{0}} AS {target})",
        writer(source, depth),
        duck=f"(TRY_CAST({{0}} AS {target})::BIGINT)",
    )


def _part(writer: Writer, depth: int) -> Written:
    name = writer.chance.choice(PARTS)
    return form(ValueKind.INT, f"EXTRACT({name} FROM {{0}})", writer(ValueKind.TIMESTAMP, depth))


def _side(writer: Writer, depth: int) -> Written:
    name, count = writer.chance.choice(("LEFT", "RIGHT")), writer.chance.choice((-3, -1, 0, 1, 2, 9))
    return form(ValueKind.TEXT, f"{name}({{0}}, {count})", writer(ValueKind.TEXT, depth))


def _substring(writer: Writer, depth: int) -> Written:
    start, count = writer.chance.choice((1, 2, 3, 9)), writer.chance.choice(("", ", 0", ", 1", ", 4"))
    return form(ValueKind.TEXT, f"SUBSTR({{0}}, {start}{count})", writer(ValueKind.TEXT, depth))


def _round(writer: Writer, depth: int) -> Written:
    return form(
        ValueKind.REAL,
        writer.chance.choice(("FLOOR({0})", "CEIL({0})", "ROUND({0})", "ABS({0})", "-{0}")),
        writer(ValueKind.REAL, depth),
    )


def _truncated(writer: Writer, depth: int) -> Written:
    return form(
        ValueKind.TIMESTAMP, f"DATE_TRUNC('{writer.chance.choice(STEPS)}', {{0}})", writer(ValueKind.TIMESTAMP, depth)
    )


def _of(kind: ValueKind) -> Iterator[Maker]:
    yield _case(kind)
    yield _chosen(kind)


MAKERS: dict[ValueKind, list[Maker]] = {
    ValueKind.INT: [
        *(3 * [lambda writer, depth: _arithmetic(writer, depth, ValueKind.INT)]),
        _whole_division, _remainder, _cast, _part,
        _same("-{0}", ValueKind.INT, duck="TRY(-{0})")(ValueKind.INT),
        _same("ABS({0})", ValueKind.INT, duck="TRY(ABS({0}))")(ValueKind.INT),
        _same("SIGN({0})", ValueKind.REAL, duck="SIGN({0})::BIGINT")(ValueKind.INT),
        _same("LENGTH({0})", ValueKind.TEXT)(ValueKind.INT),
        _same("ROUND({0})", ValueKind.INT)(ValueKind.INT),
        _same("EPOCH_MS({0})", ValueKind.TIMESTAMP)(ValueKind.INT),
        *_of(ValueKind.INT),
    ],
    ValueKind.REAL: [
        *(2 * [lambda writer, depth: _arithmetic(writer, depth, ValueKind.REAL)]),
        _division, _round,
        _same("SQRT({0})", ValueKind.REAL, duck="(CASE WHEN {0} >= 0 THEN SQRT({0}) END)")(ValueKind.REAL),
        _same("LN({0})", ValueKind.REAL, duck="(CASE WHEN {0} > 0 THEN LN({0}) END)")(ValueKind.REAL),
        _same("CAST({0} AS DOUBLE)", ValueKind.INT)(ValueKind.REAL),
        *_of(ValueKind.REAL),
    ],
    ValueKind.BOOL: [
        *(3 * [_comparison]), *(2 * [_logic]), _test, _null, _list, _between, _like, _regex,
        _same("NOT {0}", ValueKind.BOOL)(ValueKind.BOOL),
        _same("STARTS_WITH({0}, {1})", ValueKind.TEXT, ValueKind.TEXT)(ValueKind.BOOL),
        _same("ENDS_WITH({0}, {1})", ValueKind.TEXT, ValueKind.TEXT)(ValueKind.BOOL),
        *_of(ValueKind.BOOL),
    ],
    ValueKind.TEXT: [
        _side, _substring,
        _same("LOWER({0})", ValueKind.TEXT)(ValueKind.TEXT), _same("UPPER({0})", ValueKind.TEXT)(ValueKind.TEXT),
        _same("TRIM({0})", ValueKind.TEXT)(ValueKind.TEXT),
        _same("{0} || {1}", ValueKind.TEXT, ValueKind.TEXT)(ValueKind.TEXT),
        _same("{0} || {1}", ValueKind.TEXT, ValueKind.INT)(ValueKind.TEXT),
        _same("CONCAT({0}, {1})", ValueKind.TEXT, ValueKind.TEXT)(ValueKind.TEXT),
        _same("REPLACE({0}, 'a', 'bc')", ValueKind.TEXT)(ValueKind.TEXT),
        *_of(ValueKind.TEXT),
    ],
    ValueKind.TIMESTAMP: [_truncated, *_of(ValueKind.TIMESTAMP)],
}  # fmt: skip
