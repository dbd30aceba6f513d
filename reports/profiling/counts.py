"""Counts the rows of a feature."""

from typing import Self

import msgspec


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """Counts of rows; `warming` rows have not yet seen a whole window, `past` rows are much older than the interval.

    `zeros` and `negatives` count finite numbers.

    Values of `left_out` rows are not profiled: only rows and nulls of them are counted.

    >>> (Counts(rows=2, nulls=1) + Counts(rows=3)).rows
    5
    """

    rows: int = 0
    nulls: int = 0
    warming: int = 0
    nans: int = 0
    infinite: int = 0
    zeros: int = 0
    negatives: int = 0
    past: int = 0
    left_out: int = 0

    def __add__(self, other: Self) -> Self:
        """Adds two counts."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return type(self)(*(ours + theirs for ours, theirs in pairs))
