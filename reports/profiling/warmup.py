"""Compiles the loops of profiles before the first value arrives, or loads them from an earlier run's cache."""

import numpy as np
import polars as pl

from reports.profiling.profile import Profile, ProfileKind

VALUES: tuple[tuple[ProfileKind, pl.Series], ...] = (
    ("number", pl.Series([1.0, 2.0])),
    ("number", pl.Series([1, None])),
    ("truth", pl.Series([True, None])),
    ("time", pl.Series([0]).cast(pl.Datetime("ms", "UTC"))),
    ("text", pl.Series(["a", None])),
)
"""Writable and read-only arrays of polars are different types to a compiled loop."""


def compile_loops() -> None:
    """Profiles a few values of each kind, so that all loops are compiled."""
    for kind, values in VALUES:
        profile = Profile(kind, rules=0)
        profile.add(values, violations=())
        profile.add_latencies(np.ones(1), np.ones(1, np.int64))
        Profile.load(profile.dump()).merge(profile)
