"""Defines the keys of a baseline, and computes each from a profile."""

import math
from collections.abc import Mapping, Sequence

from reports.drift import QUANTILE
from reports.profiling import Profile, ProfileKind

USUAL: Mapping[ProfileKind, tuple[str, ...]] = {
    "number": ("mean", "std_dev", "p95"),
    "length": ("mean", "std_dev", "p95"),
    "time": ("mean", "std_dev", "p95"),
    "text": ("null_ratio", "unique_ratio"),
    "truth": ("true_ratio",),
}
"""Default keys of a baseline; a share of nulls is added if there are any."""
_SHARES = ("null_ratio", "unique_ratio", "true_ratio")
_SHARE_DIGITS = 4
_DIGITS = 2
"""Digits after the leading digit of a standard deviation: finer differences are chance."""


def keys_of(whole: Profile, written: Sequence[str]) -> tuple[str, ...]:
    """Returns the keys that are given, otherwise the default ones for the kind of values."""
    if written:
        return tuple(written)
    usual = USUAL[whole.kind]
    return usual if "null_ratio" in usual or not whole.counts.nulls else (*usual, "null_ratio")


def values_of(whole: Profile, parts: Sequence[Profile], keys: Sequence[str]) -> dict[str, float]:
    """Returns the value of each key that exists for this profile; `parts` are its intervals."""
    known = {key: _value(key, whole, parts) for key in keys}
    return {key: _rounded(key, value, whole) for key, value in known.items() if value is not None}


def _value(key: str, whole: Profile, parts: Sequence[Profile]) -> float | None:
    if key == "null_ratio":
        return whole.counts.nulls / whole.rows
    if key == "unique_ratio":
        return _unique_ratio(parts)
    if quantile := QUANTILE.fullmatch(key):
        return whole.quantiles([float(quantile[1].replace("_", ".")) / 100])[0]
    moments = whole.moments
    value = {
        "mean": moments.mean,
        "true_ratio": moments.mean,
        "std_dev": moments.std or None,
        "min": whole.low,
        "max": whole.high,
    }[key]
    return value if value is not None and math.isfinite(value) else None


def _unique_ratio(parts: Sequence[Profile]) -> float:
    """Returns the ratio of an interval, because values repeat across intervals."""
    shares = [(min(1.0, part.distinct / part.present), part.present) for part in parts if part.present]
    return sum(share * values for share, values in shares) / sum(values for _, values in shares)


def _rounded(key: str, value: float, whole: Profile) -> float:
    """Rounds to a hundredth of the spread of values, so that bounds still hold."""
    if key in _SHARES:
        return round(value, _SHARE_DIGITS)
    std = whole.moments.std
    if not std or not math.isfinite(std):
        return value
    digits = _DIGITS - math.floor(math.log10(std))
    rounded = round(value, digits)
    step = 10.0**-digits
    if key == "min" and rounded > value:
        rounded = round(value - step, digits)
    if key == "max" and rounded < value:
        rounded = round(value + step, digits)
    return rounded
