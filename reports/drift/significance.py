"""How far apart two samples come by chance alone: what thresholds never go below.

One in a thousand at each look, two-sided;
an alert asks for three of five looks besides (reports/alerting/alert_state.py).
"""

import math

from scipy.special import bdtrik, chdtri

CHANCE = 0.001
Z = 3.2905267314919255
"""What a standard normal is beyond, on either side, with that chance."""
SUPREMUM = math.sqrt(math.log(2 / CHANCE) / 2)
"""The same of the greatest distance of distribution functions (Kolmogorov, first term)."""


def inverse_n(*sizes: float) -> float:
    """1/n + 1/m: the variance of a difference of means in units of that of one value.

    >>> inverse_n(100, 400)
    0.0125
    """
    return sum(1 / size for size in sizes)


def chi_square(degrees: int) -> float:
    """What a chi-square of so many degrees of freedom is beyond with that chance."""
    return float(chdtri(degrees, CHANCE))


def of_share(share: float, inverse: float) -> float:
    """By how much a share (0 to 1) of values differs by chance, for 1/n or 1/n + 1/m.

    What is rare comes among few values far more often than a normal says: then it is a binomial, and a share is beyond
    by a whole value. All the chance is on the side of more, for there can hardly be less.

    >>> round(of_share(0.05, 1 / 11), 2), round(of_share(0.05, 1 / 1_000), 3)
    (0.31, 0.023)
    """
    normal, rare = Z * math.sqrt(share * (1 - share) * inverse), min(share, 1 - share)
    if not rare:
        return normal
    count = math.ceil(float(bdtrik(1 - CHANCE, 1 / inverse, rare)) - 1e-9)
    return max(normal, count * inverse - rare)
