"""Compiles CAST and TRY_CAST: a value that cannot be cast becomes null; CAST also counts it."""

import polars as pl

from dataflows.definitions.sql.operators.times import at_midnight, from_ms, time_literal
from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.definitions.sql.typed import LEAST, MOST, Typed, combined, failing, real
from dataflows.kernels.opcodes import ValueKind

INT32 = -(2**31), 2**31 - 1
WHOLE = {"BIGINT": (LEAST, MOST), "INT": INT32, "SMALLINT": (-(2**15), 2**15 - 1), "TINYINT": (-128, 127)}
_TRUTHS = r"(?i)^\s*(true|t|yes|y|1)\s*$", r"(?i)^\s*(false|f|no|n|0)\s*$"
_UNIT = {"0": 1_000, "3": 1}


def cast(part: Typed, target: str, precision: str | None, counted: bool) -> Typed:
    """Casts a value to another SQL type. Raises ExpressionError for a type that is not offered."""
    if part.null or part.array:
        raise TypeMismatch(f"{part.name} cannot be cast")
    if target in WHOLE:
        return _whole(part, *WHOLE[target], counted)
    if target == "DOUBLE":
        return _double(part, counted)
    if target in ("VARCHAR", "TEXT"):
        return text(part)
    if target == "BOOLEAN":
        return _truth(part, counted)
    if target in ("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ", "TIMESTAMP_MS", "TIMESTAMP_S", "DATE"):
        return _time(part, target, precision)
    hint = "FLOAT is an output type only; numbers in expressions are DOUBLE" if target == "FLOAT" else f"not {target}"
    raise ExpressionError("a cast to BIGINT, INT, DOUBLE, VARCHAR, BOOLEAN, TIMESTAMP or DATE", hint)


def text(part: Typed) -> Typed:
    """Converts a value to text."""
    if part.kind is ValueKind.TEXT:
        return part
    if part.kind in (ValueKind.REAL, ValueKind.TIMESTAMP):
        way = "CAST(x AS BIGINT)" if part.kind is ValueKind.REAL else "EPOCH_MS(x)"
        raise TypeMismatch(f"a {part.name} has no single text form; use {way} first")
    return combined(ValueKind.TEXT, part.expr.cast(pl.String), part)


def _whole(part: Typed, low: int, high: int, counted: bool) -> Typed:
    if part.kind is ValueKind.TIMESTAMP:
        raise TypeMismatch("a TIMESTAMP is not a number; EPOCH_MS(x) is its ms since 1970")
    if part.kind is ValueKind.BOOL:
        return combined(ValueKind.INT, part.expr.cast(pl.Int64), part, low=0, high=1)
    if part.kind is ValueKind.INT and low <= part.low and part.high <= high:
        return part
    value = part.expr.round(0, mode="half_to_even") if part.kind is ValueKind.REAL else part.expr
    value = value.str.strip_chars(" \t\n\r\v\f") if part.kind is ValueKind.TEXT else value
    whole = value.cast(pl.Int64, strict=False)
    fits = whole if (low, high) == (LEAST, MOST) else pl.when(whole.is_between(low, high)).then(whole)
    return _failing(combined(ValueKind.INT, fits, part, low=low, high=high, uses=2), part, counted)


def _double(part: Typed, counted: bool) -> Typed:
    if part.kind is ValueKind.TIMESTAMP:
        raise TypeMismatch("a TIMESTAMP is not a number; EPOCH_MS(x) is its ms since 1970")
    if part.kind is not ValueKind.TEXT:
        return (
            real(part)
            if part.kind is not ValueKind.BOOL
            else combined(ValueKind.REAL, part.expr.cast(pl.Float64), part)
        )
    value = part.expr.str.strip_chars(" \t\n\r\v\f").cast(pl.Float64, strict=False)
    return _failing(combined(ValueKind.REAL, value, part), part, counted)


def _truth(part: Typed, counted: bool) -> Typed:
    if part.kind is ValueKind.BOOL:
        return part
    if part.kind in (ValueKind.INT, ValueKind.REAL):
        return combined(ValueKind.BOOL, part.expr != 0, part)
    if part.kind is ValueKind.TIMESTAMP:
        raise TypeMismatch("a TIMESTAMP is not a boolean")
    yes, no = (part.expr.str.contains(pattern) for pattern in _TRUTHS)
    return _failing(combined(ValueKind.BOOL, pl.when(yes | no).then(yes), part, uses=3), part, counted)


def _time(part: Typed, target: str, precision: str | None) -> Typed:
    if part.kind is ValueKind.TEXT and isinstance(part.literal, str):
        part = time_literal(part.literal)
    if part.kind is ValueKind.INT:
        scale = {"TIMESTAMP_MS": 1, "TIMESTAMP_S": 1_000}.get(target, _UNIT.get(precision or ""))
        if scale is None:
            raise TypeMismatch("its unit is unknown; EPOCH_MS(x) reads ms since 1970, TO_TIMESTAMP(x) seconds")
        return from_ms(part, scale)
    if part.kind is not ValueKind.TIMESTAMP:
        raise TypeMismatch(f"{part.name} is not a time; declare its column as TIMESTAMP")
    return at_midnight(part) if target == "DATE" else part


def _failing(made_of: Typed, part: Typed, counted: bool) -> Typed:
    return failing(made_of, "cast", part) if counted else made_of
