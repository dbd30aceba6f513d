"""The keys of a baseline, and what a profile says of each."""

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
"""What a baseline has that nobody has asked otherwise of; a share of nulls where there are any."""
_SHARES = ("null_ratio", "unique_ratio", "true_ratio")
_SHARE_DIGITS = 4
_DIGITS = 2
"""Digits behind the first of a standard deviation: less is beyond what chance does."""


def keys_of(whole: Profile, written: Sequence[str]) -> tuple[str, ...]:
    """Those that are written, or else the usual ones of the kind of values."""
    if written:
        return tuple(written)
    usual = USUAL[whole.kind]
    return usual if "null_ratio" in usual or not whole.counts.nulls else (*usual, "null_ratio")


def values_of(whole: Profile, parts: Sequence[Profile], keys: Sequence[str]) -> dict[str, float]:
    """The value of each key that values of this profile have; `parts` are its intervals."""
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
    """That of an interval: over all of them values repeat."""
    shares = [(min(1.0, part.distinct / part.present), part.present) for part in parts if part.present]
    return sum(share * values for share, values in shares) / sum(values for _, values in shares)


def _rounded(key: str, value: float, whole: Profile) -> float:
    """To a hundredth of what values differ by; what bounds them still does."""
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
