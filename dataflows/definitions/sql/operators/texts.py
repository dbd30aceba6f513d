"""Compiles functions of texts. None can make a text longer than its input."""

from collections.abc import Sequence

import polars as pl

from dataflows.definitions.sql.operators.casts import text
from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.definitions.sql.typed import Typed, combined, expect
from dataflows.kernels.opcodes import ValueKind

LONGEST_CUT = 2**31


def joined(parts: Sequence[Typed]) -> Typed:
    """Compiles a || b: null if either is null."""
    texts = _few_texts(parts, "||")
    return combined(ValueKind.TEXT, pl.concat_str([part.expr for part in texts]), *texts)


def concat(parts: Sequence[Typed]) -> Typed:
    """Compiles CONCAT(a, b, ...): nulls are skipped."""
    texts = _few_texts(parts, "CONCAT")
    return combined(ValueKind.TEXT, pl.concat_str([part.expr.fill_null("") for part in texts]), *texts)


def _few_texts(parts: Sequence[Typed], operator: str) -> list[Typed]:
    """Converts values to texts. Raises ExpressionError for too many, because the result is as long as all of them."""
    texts = [text(_not_null(part, operator)) for part in parts]
    if sum(not part.constant for part in texts) > 16:
        raise ExpressionError("at most 16 strings to join")
    return texts


def lower(part: Typed) -> Typed:
    """Compiles LOWER."""
    return combined(ValueKind.TEXT, _text(part, "LOWER").expr.str.to_lowercase(), part)


def upper(part: Typed) -> Typed:
    """Compiles UPPER."""
    return combined(ValueKind.TEXT, _text(part, "UPPER").expr.str.to_uppercase(), part)


def length(part: Typed) -> Typed:
    """Compiles LENGTH: characters of a text, elements of an array."""
    if part.array:
        return combined(ValueKind.INT, part.expr.list.len().cast(pl.Int64), part, low=0, high=2**32)
    return combined(ValueKind.INT, _text(part, "LENGTH").expr.str.len_chars().cast(pl.Int64), part, low=0, high=2**32)


def trimmed(part: Typed, letters: Typed | None, side: str) -> Typed:
    """Compiles TRIM, LTRIM and RTRIM: of spaces, or of the given letters."""
    of = " " if letters is None else _literal(letters, "TRIM")
    strip = _text(part, "TRIM").expr.str
    sides = {"LEADING": strip.strip_chars_start, "TRAILING": strip.strip_chars_end}
    return combined(ValueKind.TEXT, sides.get(side, strip.strip_chars)(of) if of else part.expr, part)


def substring(part: Typed, start: Typed, count: Typed | None) -> Typed:
    """Compiles SUBSTR(text, start[, count]): the first character is 1, the last is -1."""
    begin, length = _number(start, "SUBSTR"), None if count is None else _number(count, "SUBSTR")
    if begin == 0 or (length is not None and length < 0):
        raise ExpressionError("SUBSTR with a start other than 0 and a length of at least 0")
    offset = begin - 1 if begin > 0 else begin
    value = _text(part, "SUBSTR").expr
    if begin < 0:  # in a shorter text the substring begins before the first character
        value = value.str.tail(-begin)
        if length is not None and length < -begin:
            raise ExpressionError("SUBSTR that reaches the end if its start is negative", "use RIGHT and LEFT")
        return combined(ValueKind.TEXT, value, part)
    return combined(ValueKind.TEXT, value.str.slice(offset, length), part)


def left(part: Typed, count: Typed) -> Typed:
    """Compiles LEFT(text, count): drops the last characters if count is negative."""
    return _side(part, count, "LEFT")


def right(part: Typed, count: Typed) -> Typed:
    """Compiles RIGHT(text, count): drops the first characters if count is negative."""
    return _side(part, count, "RIGHT")


def replaced(part: Typed, old: Typed, new: Typed) -> Typed:
    """Compiles REPLACE(text, old, new), where the replacement is not longer."""
    of, by = _literal(old, "REPLACE"), _literal(new, "REPLACE")
    if len(by.encode()) > max(len(of.encode()), 16):
        raise ExpressionError("a replacement of at most 16 bytes, or no longer than what it replaces")
    value = _text(part, "REPLACE").expr
    return combined(ValueKind.TEXT, value.str.replace_all(of, by, literal=True) if of else value, part)


def starts_with(part: Typed, head: Typed) -> Typed:
    """Compiles STARTS_WITH(text, head)."""
    return combined(
        ValueKind.BOOL, _text(part, "STARTS_WITH").expr.str.starts_with(_text(head, "STARTS_WITH").expr), part, head
    )


def ends_with(part: Typed, tail: Typed) -> Typed:
    """Compiles ENDS_WITH(text, tail)."""
    return combined(
        ValueKind.BOOL, _text(part, "ENDS_WITH").expr.str.ends_with(_text(tail, "ENDS_WITH").expr), part, tail
    )


def contains(part: Typed, inner: Typed) -> Typed:
    """Compiles CONTAINS(text, inner)."""
    contained = _text(part, "CONTAINS").expr.str.contains(_literal(inner, "CONTAINS"), literal=True)
    return combined(ValueKind.BOOL, contained, part)


def _side(part: Typed, count: Typed, name: str) -> Typed:
    _text(part, name), expect(count, [ValueKind.INT], f"the count of {name}")
    bound = count.expr.clip(-LONGEST_CUT, LONGEST_CUT)
    value = part.expr.str.head(bound) if name == "LEFT" else part.expr.str.tail(bound)
    return combined(ValueKind.TEXT, value, part, count)


def _not_null(part: Typed, function: str) -> Typed:
    if part.null or part.array:
        raise TypeMismatch(f"{function} takes strings, not {part.name}")
    return part


def _text(part: Typed, function: str) -> Typed:
    return expect(part, [ValueKind.TEXT], function)


def _literal(part: Typed, function: str) -> str:
    if not isinstance(part.literal, str):
        raise ExpressionError(f"a string in quotes for {function} to look for")
    return part.literal


def _number(part: Typed, function: str) -> int:
    if part.literal is None or isinstance(part.literal, bool | str | float) or abs(part.literal) > LONGEST_CUT:
        raise ExpressionError(f"literal whole numbers as positions of {function}")
    return part.literal
