"""Words validation rules: for people, and as the stable identity used by alerts, snapshots and topics."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dataflows.definitions import (
    AllowedValues,
    Length,
    MaxAge,
    Monotonic,
    NotNull,
    Range,
    Regex,
    Rule,
    UniqueRatio,
)
from dataflows.definitions.model import durations

LONGEST = 24
"""Most digits and separators of a number that is written out; a longer one is hard to read."""
Number = Callable[[float], str]


def words_of(rule: Rule) -> str:
    """Words a rule for people.

    >>> words_of(Range(rule="range", min=0, max=1_000_000))
    'range 0 to 1,000,000'
    """
    return _WORDS[type(rule)](rule, plainly)


def identity_of(rule: Rule) -> str:
    """Returns the identity of a rule in alert keys and snapshots; it must not change and is not for people.

    >>> identity_of(Range(rule="range", min=0, max=1_000_000))
    'range 0 to 1e+06'
    """
    return _WORDS[type(rule)](rule, "{:g}".format)


def plainly(value: float) -> str:
    """Writes a number with all its digits.

    >>> [plainly(value) for value in (1_000_000, 0.05, 1e-7, 1234567.5, -0.0, 1e300)]
    ['1,000,000', '0.05', '0.0000001', '1,234,567.5', '0', '1e+300']
    """
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 10**18:
        return f"{int(value):,}"
    whole = format(Decimal(repr(value)), ",f")
    return whole if len(whole) <= LONGEST else repr(value)


def _between(low: float | None, high: float | None, number: Number) -> str:
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    return f"at most {number(high)}" if high is not None else f"at least {number(low or 0)}"


_WORDS: dict[type[Rule], Callable[[Any, Number], str]] = {
    NotNull: lambda rule, _: "not_null",
    Range: lambda rule, number: f"range {_between(rule.min, rule.max, number)}",
    AllowedValues: lambda rule, _: f"allowed_values {', '.join(map(str, rule.values))}",
    Regex: lambda rule, _: f"regex {rule.pattern}",
    Length: lambda rule, number: f"length {_between(rule.min, rule.max, number)}",
    MaxAge: lambda rule, _: f"max_age {durations.format(rule.max_age_ms)}",
    Monotonic: lambda rule, _: f"monotonic {rule.direction}",
    UniqueRatio: lambda rule, number: f"unique_ratio at least {number(rule.min)}",
}
