"""Profiles a few values, for the examples in docstrings."""

from collections.abc import Sequence

import polars as pl

from reports.profiling.profile import Profile, ProfileKind


def profile_of(values: Sequence[object], kind: ProfileKind = "number") -> Profile:
    """Profiles values, each of which is a row without rules.

    >>> profile_of([1.0, 2.0, None]).present
    2
    """
    profile = Profile(kind, rules=0)
    profile.add(pl.Series(values), violations=())
    return profile
