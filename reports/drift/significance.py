"""How far apart two samples come by chance alone: what thresholds never go below.

One in a thousand at each look, two-sided;
an alert asks for three of five looks besides (reports/alerting/alert_state.py).
"""

import math

from scipy.special import bdtrik, chdtri, fdtri

CHANCE = 0.001
Z = 3.2905267314919255
"""What a standard normal is beyond, on either side, with that chance."""
SUPREMUM = math.sqrt(math.log(2 / CHANCE) / 2)
"""The same of the greatest distance of distribution functions (Kolmogorov, first term)."""
ESTIMATED = 0.0025
"""The chance at each look, the error of an estimated variance included."""


def inverse_n(*sizes: float) -> float:
    """1/n + 1/m: the variance of a difference of means in units of that of one value.

    >>> inverse_n(100, 400)
    0.0125
    """
    return sum(1 / size for size in sizes)


def chi_square(degrees: int) -> float:
    """What a chi-square of so many degrees of freedom is beyond with that chance."""
    return float(chdtri(degrees, CHANCE))


def chi_square_median(degrees: int) -> float:
    """The median of a chi-square."""
    return float(chdtri(degrees, 0.5))


def margin(degrees: int, estimated: int) -> float:
    """By how many times to take a variance that is estimated with so many degrees of freedom, at least 1.

    What is divided by it is F and no longer chi-square of `degrees` (Thomas and Rao, "Small-sample comparisons of level
    and power for simple goodness-of-fit statistics under cluster sampling", 1987).

    >>> round(margin(9, 18), 1), margin(9, 108)
    (1.5, 1.0)
    """
    return max(1.0, degrees * float(fdtri(degrees, estimated, 1 - ESTIMATED)) / chi_square(degrees))


def of_share(share: float, inverse: float, effect: float = 1.0) -> float:
    """By how much a share (0 to 1) of values differs by chance, for 1/n or 1/n + 1/m over independent values.

    What is rare comes among few values far more often than a normal says: then it is a binomial of as many values as
    are independent (Korn and Graubard, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", 1998). All the chance is on the side of more, for there can hardly be less.
    A value is `effect` rows, so a share is beyond by a whole value only, not by a row.

    >>> round(of_share(0.05, 1 / 11, effect=27.0), 2), round(of_share(0.05, 1 / 1_000), 3)
    (0.33, 0.023)
    """
    normal, rare = Z * math.sqrt(share * (1 - share) * inverse), min(share, 1 - share)
    if not rare:
        return normal
    count = float(bdtrik(1 - CHANCE, 1 / inverse, rare)) + 1 - 1 / effect
    return max(normal, count * inverse - rare)
