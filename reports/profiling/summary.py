"""Summarises a profile for reports."""

from typing import Any

import numpy as np

from reports.profiling.moments import finite
from reports.profiling.profile import Profile
from reports.records import FrequentValue, Summary

TOPS = 10
CURVE = np.linspace(0.0, 1.0, 129)
TRUTHS = {0.0: "false", 1.0: "true"}


def summary_of(profile: Profile) -> Summary:
    """Returns the statistics of all kinds; those that do not fit a kind (the mean of texts) are None.

    >>> import polars as pl
    >>> profile = Profile("number", rules=0)
    >>> profile.add(pl.Series([1.0, 3.0, None]), violations=[])
    >>> summary_of(profile).mean, summary_of(profile).nulls
    (2.0, 1)
    """
    counts = profile.counts
    of_all: dict[str, Any] = {"rows": counts.rows, "entities": counts.rows, "sampled": profile.sampled}
    always = of_all | {"nulls": counts.nulls, "distinct": profile.distinct}
    match profile.kind:
        case "text":
            return Summary(**always, top=_tops(profile, profile.tops.counts()))
        case "truth":
            ratio = profile.moments.mean if profile.moments.n else None
            return Summary(**always, true_ratio=ratio, top=_tops(profile, truths_of(profile)))
        case _:
            return Summary(**always, **_sizes(profile))


def truths_of(profile: Profile) -> dict[str, int]:
    """Returns the count of each truth value, the more frequent first."""
    pairs = zip(profile.cells.lows.tolist(), profile.cells.counts.tolist(), strict=True)
    return dict(sorted(((TRUTHS[number], count) for number, count in pairs), key=lambda pair: -pair[1]))


def _sizes(profile: Profile) -> dict[str, Any]:
    counts = profile.counts
    special = {
        "nans": _of_all(profile, counts.nans), "infinite": _of_all(profile, counts.infinite),
        "zeros": _of_all(profile, counts.zeros), "negatives": _of_all(profile, counts.negatives),
    }  # fmt: skip
    if not profile.moments.n:
        return special
    p50, p95, p99 = profile.quantiles([0.5, 0.95, 0.99])
    mean, std = finite(profile.moments.mean), profile.moments.std
    shape = {"mean": mean, "std": std, "min": profile.low, "max": profile.high, "p50": p50, "p95": p95, "p99": p99}
    return special | shape | {"curve": tuple(profile.quantiles(CURVE))}


def _tops(profile: Profile, counted: dict[str, int]) -> tuple[FrequentValue, ...]:
    return tuple(
        FrequentValue(value=value, count=_of_all(profile, count)) for value, count in [*counted.items()][:TOPS]
    )


def _of_all(profile: Profile, count: int) -> int:
    """Scales a count in a sample to all rows."""
    return round(count * profile.rows / profile.sampled) if profile.counts.left_out and profile.sampled else count
