"""Compiles LIKE and regular expressions. Patterns must be literals: a pattern from an event could block a batch for a
minute."""

import re

import polars as pl
from polars.exceptions import PolarsError

from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.typed import Typed, combined, expect
from dataflows.kernels.opcodes import ValueKind

LONGEST_PATTERN = 500
_ANY = re.compile(r"[%_]")


def like(text: Typed, pattern: Typed, escape: str | None, fold: bool) -> Typed:
    """Compiles text LIKE pattern; with `fold`, letters match in either case."""
    expect(text, [ValueKind.TEXT], "LIKE")
    written = _written(pattern, "LIKE")
    parts = list(_parts(written, escape))
    plain = "".join(part for part, wild in parts if not wild)
    wild = [part for part, is_wild in parts if is_wild]
    if not fold and wild == [] and "\0" not in plain:
        return combined(ValueKind.BOOL, text.expr == plain, text)
    if not fold and wild == ["%"] and parts[-1] == ("%", True):
        return combined(ValueKind.BOOL, text.expr.str.starts_with(plain), text)
    if not fold and wild == ["%"] and parts[0] == ("%", True):
        return combined(ValueKind.BOOL, text.expr.str.ends_with(plain), text)
    if not fold and wild == ["%", "%"] and parts[0] == parts[-1] == ("%", True):
        return combined(ValueKind.BOOL, text.expr.str.contains(plain, literal=True), text)
    body = "".join({"%": ".*", "_": "."}[part] if is_wild else re.escape(part) for part, is_wild in parts)
    return _matched(text, f"(?s{'i' if fold else ''})^{body}$")


def regexp_matches(text: Typed, pattern: Typed) -> Typed:
    """Compiles REGEXP_MATCHES: whether a regex is found in a text."""
    expect(text, [ValueKind.TEXT], "REGEXP_MATCHES")
    return _matched(text, _written(pattern, "REGEXP_MATCHES"))


def _matched(text: Typed, pattern: str) -> Typed:
    try:
        pl.Series([""]).str.contains(pattern)
    except PolarsError as error:
        why = str(error).strip().rsplit("\n", 1)[-1][:120]
        raise ExpressionError("a regex that can be compiled", why) from error
    return combined(ValueKind.BOOL, text.expr.str.contains(pattern), text)


def _written(pattern: Typed, operator: str) -> str:
    if not isinstance(pattern.literal, str):
        hint = "a pattern from an event could take unlimited time"
        raise ExpressionError(f"a literal pattern in quotes for {operator}", hint)
    if len(pattern.literal) > LONGEST_PATTERN:
        raise ExpressionError(f"a pattern of at most {LONGEST_PATTERN} characters", f"it has {len(pattern.literal)}")
    return pattern.literal


def _parts(pattern: str, escape: str | None) -> list[tuple[str, bool]]:
    """Splits a pattern into characters, and marks wild cards."""
    parts, letters = list[tuple[str, bool]](), iter(pattern)
    for letter in letters:
        if escape and letter == escape:
            following = next(letters, None)
            if following is None:
                raise ExpressionError("a character after the escape of LIKE", "the pattern ends with it")
            parts.append((following, False))
        else:
            parts.append((letter, bool(_ANY.match(letter))))
    return parts
