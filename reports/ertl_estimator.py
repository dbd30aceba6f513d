"""Corrections of Ertl's cardinality estimator: plain functions of a number, for every HyperLogLog here.

Profiles call them directly; the kernels of features compile them in.

Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6.
"""

import math


def sigma(share: float) -> float:
    """Corrects for the share of registers without a value.

    >>> sigma(0.0), round(sigma(0.5), 6), sigma(1.0)
    (0.0, 0.890747, inf)
    """
    factor, total, before = 1.0, share, -1.0
    while total != before:
        share *= share
        before = total
        total += share * factor
        factor += factor
    return total


def tau(share: float) -> float:
    """Corrects for the share of full registers, given 1 minus that share.

    >>> tau(0.0), round(tau(0.5), 6), tau(1.0)
    (0.0, 0.149929, 0.0)
    """
    if share in (0.0, 1.0):
        return 0.0
    factor, total, before = 1.0, 1.0 - share, -1.0
    while total != before:
        share = math.sqrt(share)
        before = total
        factor *= 0.5
        total -= (1.0 - share) ** 2 * factor
    return total / 3.0
