"""Sums of integers in 128 bits: a column of low words and a column of high words."""

from typing import NamedTuple

import numpy as np

from dataflows.kernels.arrays import Bools, Ints, Reals

_WORD = 2.0**64


class Totals(NamedTuple):
    """Numbers of 128 bits in two's complement."""

    low: Ints
    high: Ints

    @property
    def fit(self) -> Bools:
        """Returns which numbers fit 64 bits, so that the low word is the number."""
        fit: Bools = self.high == self.low >> 63
        return fit


Sums = Reals | Totals


def every(mask: Bools) -> bool:
    """Returns whether the whole mask is true; twice as fast as `all()` for some hundred rows."""
    return int(np.count_nonzero(mask)) == len(mask)


def as_doubles(sums: Sums) -> Reals:
    """Converts sums to the nearest double or its neighbour.

    >>> as_doubles(Totals(np.array([-1, 0, 5]), np.array([-1, 1, -1]))).tolist()
    [-1.0, 1.8446744073709552e+19, -1.8446744073709552e+19]
    """
    if not isinstance(sums, Totals):
        return sums
    fit = sums.fit
    doubles = sums.low.astype(np.float64)
    return doubles if every(fit) else np.where(fit, doubles, _wide(sums))


def _wide(totals: Totals) -> Reals:
    """Converts by magnitude: the words of a negative number differ in sign and would cancel each other."""
    negative = totals.high < 0
    low = np.where(negative, -totals.low, totals.low).view(np.uint64)
    high = np.where(negative, ~totals.high + (totals.low == 0), totals.high)
    magnitude = high.astype(np.float64) * _WORD + low.astype(np.float64)
    return np.where(negative, -magnitude, magnitude)
