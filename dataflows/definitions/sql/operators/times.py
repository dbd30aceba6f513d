"""Compiles functions of times: parts, ms since 1970 and back, always in UTC. The calendar covers years 1 to 9999."""

from datetime import UTC, datetime

import polars as pl

from dataflows.definitions.sql.operators.arithmetic import quotient
from dataflows.definitions.sql.refusals import ExpressionError, TypeMismatch
from dataflows.definitions.sql.typed import LEAST, MOST, Typed, combined, expect, failing
from dataflows.kernels.opcodes import ValueKind

CALENDAR = -62_135_596_800_000, 253_402_300_799_999
PARTS = {
    "YEAR": ("year", -10_000, 10_000),
    "QUARTER": ("quarter", 1, 4),
    "MONTH": ("month", 1, 12),
    "WEEK": ("week", 1, 53),
    "DAY": ("day", 1, 31),
    "ISODOW": ("weekday", 1, 7),
    "DOY": ("ordinal_day", 1, 366),
    "HOUR": ("hour", 0, 23),
    "MINUTE": ("minute", 0, 59),
    "SECOND": ("second", 0, 59),
}
SPELLINGS = {
    "DAYOFWEEK": "DOW",
    "WEEKDAY": "DOW",
    "DAY_OF_WEEK": "DOW",
    "DAYOFYEAR": "DOY",
    "DAY_OF_YEAR": "DOY",
    "DAYOFMONTH": "DAY",
    "DAY_OF_MONTH": "DAY",
    "DAYOFWEEKISO": "ISODOW",
    "DAYOFWEEK_ISO": "ISODOW",
    "WEEKOFYEAR": "WEEK",
    "WEEK_OF_YEAR": "WEEK",
}
STEPS = {"SECOND": "1s", "MINUTE": "1m", "HOUR": "1h", "DAY": "1d", "WEEK": "1w", "MONTH": "1mo", "YEAR": "1y"}


def part_of(time: Typed, name: str) -> Typed:
    """Compiles EXTRACT(name FROM time), an integer."""
    expect(time, [ValueKind.TIMESTAMP], f"EXTRACT({name} FROM ...)")
    name = SPELLINGS.get(name, name)
    if name == "DOW":
        return combined(ValueKind.INT, time.expr.dt.weekday().cast(pl.Int64) % 7, time, low=0, high=6)
    if name == "EPOCH":
        return combined(ValueKind.REAL, quotient(time.expr.dt.epoch("ms").cast(pl.Float64), pl.lit(1000.0)), time)
    if name not in PARTS:
        raise ExpressionError(
            f"one of {', '.join([*PARTS, 'DOW', 'EPOCH'])}", f"{name} is not a supported part of a time"
        )
    method, low, high = PARTS[name]
    value: pl.Expr = getattr(time.expr.dt, method)()
    return combined(ValueKind.INT, value.cast(pl.Int64), time, low=low, high=high)


def truncated(time: Typed, name: str) -> Typed:
    """Compiles DATE_TRUNC(name, time)."""
    expect(time, [ValueKind.TIMESTAMP], "DATE_TRUNC")
    if name not in STEPS:
        raise ExpressionError(f"one of {', '.join(STEPS)}", f"DATE_TRUNC does not support {name}")
    return combined(ValueKind.TIMESTAMP, time.expr.dt.truncate(STEPS[name]), time)


def at_midnight(time: Typed) -> Typed:
    """Truncates a time to the beginning of its day (UTC)."""
    return truncated(time, "DAY")


def epoch_ms(part: Typed) -> Typed:
    """Compiles EPOCH_MS: the ms since 1970 of a time, or the time of a number of ms."""
    expect(part, [ValueKind.TIMESTAMP, ValueKind.INT], "EPOCH_MS")
    if part.kind is ValueKind.INT:
        return from_ms(part, 1)
    low, high = CALENDAR
    return combined(ValueKind.INT, part.expr.dt.epoch("ms"), part, low=low, high=high)


def from_ms(number: Typed, scale: int) -> Typed:
    """Converts an integer in units of `scale` ms to a time; null outside the calendar."""
    low, high = -(-CALENDAR[0] // scale), CALENDAR[1] // scale
    ms = number.expr if scale == 1 else number.expr * scale
    inside = low <= number.low and number.high <= high
    valid = ms if inside else pl.when(number.expr.is_between(low, high)).then(ms)
    time = combined(ValueKind.TIMESTAMP, valid.cast(pl.Datetime("ms", "UTC")), number, uses=1 if inside else 2)
    return time if inside else failing(time, "out_of_range", number)


def to_timestamp(seconds: Typed) -> Typed:
    """Compiles TO_TIMESTAMP: the time this many seconds after 1970."""
    if seconds.kind is ValueKind.REAL:
        raise TypeMismatch("TO_TIMESTAMP takes whole seconds; EPOCH_MS(CAST(x * 1000 AS BIGINT)) keeps fractions")
    return from_ms(expect(seconds, [ValueKind.INT], "TO_TIMESTAMP"), 1_000)


def time_literal(text: str) -> Typed:
    """Compiles TIMESTAMP '2026-01-31T12:00:00Z'; without a zone it is UTC. Raises ExpressionError."""
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(
            "a time in ISO 8601", f"'{text[:40]}' is not one; write it like '2026-01-31T12:00:00Z'"
        ) from error
    value = pl.lit(time).cast(pl.Datetime("ms", "UTC"))
    return Typed(ValueKind.TIMESTAMP, value, LEAST, MOST, constant=True, leaf=True)
