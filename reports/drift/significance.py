"""Computes how far apart two samples are by chance alone; thresholds never go below that.

The chance is one in a thousand at each evaluation, two-sided; an alert also needs three of five evaluations
(reports/alerting/alert_state.py).
"""

import math

from scipy.special import bdtrik, chdtri

CHANCE = 0.001
Z = 3.2905267314919255
"""Two-sided bound of a standard normal at that chance."""
SUPREMUM = math.sqrt(math.log(2 / CHANCE) / 2)
"""Bound of the largest distance of distribution functions (Kolmogorov, first term)."""


def inverse_n(*sizes: float) -> float:
    """Returns 1/n + 1/m: the variance of a difference of means in units of a single value's variance.

    >>> inverse_n(100, 400)
    0.0125
    """
    return sum(1 / size for size in sizes)


def chi_square(degrees: int) -> float:
    """Returns the bound of a chi-square with this many degrees of freedom at that chance."""
    return float(chdtri(degrees, CHANCE))


def of_share(share: float, inverse: float) -> float:
    """Returns how much a share (0 to 1) of values differs by chance, for 1/n or 1/n + 1/m.

    A rare event occurs among few values far more often than a normal predicts, so a binomial bound applies, exceeded by
    a whole value. All the chance is on the upper side, because there can hardly be fewer.

    >>> round(of_share(0.05, 1 / 11), 2), round(of_share(0.05, 1 / 1_000), 3)
    (0.31, 0.023)
    """
    normal, rare = Z * math.sqrt(share * (1 - share) * inverse), min(share, 1 - share)
    if not rare:
        return normal
    count = math.ceil(float(bdtrik(1 - CHANCE, 1 / inverse, rare)) - 1e-9)
    return max(normal, count * inverse - rare)
