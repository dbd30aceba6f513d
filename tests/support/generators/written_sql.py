"""Expressions written twice, for Headrace and for DuckDB in its own types: literals, and forms with places."""

import random
from dataclasses import dataclass

from dataflows.kernels.opcodes import ValueKind

WHOLE = (0, 1, 2, 3, 7, 13, 100, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**62, 2**63 - 1)
REAL = ("0.0", "0.5", "1.5", "2.5", "3.0", "7.25", "86400000.0", "1e10", "9223372036854775808.0", "1e300", "0.1")
TEXTS = ("''", "'a'", "'A'", "'ab'", "'Zz 9'", "'\u00e9t\u00e9'", "'12'", "'it''s'", "'%'", "'true'")


@dataclass(frozen=True, slots=True)
class Written:
    """One expression: `ours`, and the same for DuckDB, where each part that can fail is in TRY."""

    kind: ValueKind
    ours: str
    duck: str

    def __str__(self) -> str:
        """Returns the expression as Headrace reads it."""
        return self.ours


def literal(kind: ValueKind, chance: random.Random) -> Written:
    """Returns a literal of a kind."""
    if kind is ValueKind.INT:
        value = chance.choice(WHOLE) * chance.choice((1, -1))
        return Written(kind, f"({value})", f"({value})::BIGINT")
    if kind is ValueKind.REAL:
        text = chance.choice(("", "-")) + chance.choice(REAL)
        return Written(kind, f"({text})", f"('{text}'::DOUBLE)")
    text = chance.choice(("TRUE", "FALSE")) if kind is ValueKind.BOOL else chance.choice(TEXTS)
    return Written(kind, text, text)


def form(kind: ValueKind, ours: str, *parts: Written, duck: str | None = None) -> Written:
    """Fills the places {0}, {1}, ... of a form."""
    theirs = (duck or ours).format(*(part.duck for part in parts))
    return Written(kind, "(" + ours.format(*(part.ours for part in parts)) + ")", f"({theirs})")
