"""Measures drift against earlier intervals: one class per measure."""

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from scipy.special import rel_entr

from reports.drift.bins import shares_of
from reports.drift.comparison import Measurement, ReferenceComparison
from reports.drift.significance import SUPREMUM, Z, chi_square, of_share
from reports.profiling import ProfileKind, Reals

NUMBERS: frozenset[ProfileKind] = frozenset({"number", "length"})
CATEGORIES: frozenset[ProfileKind] = frozenset({"text", "truth"})
CLIP = (0.005, 0.995)
LEAST_PSI = 0.1
"""The largest PSI without a relevant change."""


class Psi:
    """Population stability index over bins of the reference.

    Between samples of one distribution it is about (1/n + 1/m) chi-square, which a fixed threshold of 0.1 ignores.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of(["a", "a", "a", "b"], "text"), profile_of(["a", "b", "b", "b"], "text"))
    >>> [round(result.score, 3) for result in Psi().measure(sides)]  # 2 * (6/9 - 2/9) * ln 3
    [0.977]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS | CATEGORIES
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score if there is more than one bin."""
        if sides.used_bins > 1:
            score, chance = sum(sides.bins.psi), psi_chance(sides)
            yield Measurement("psi", score, max(LEAST_PSI, chance), sides.now.present, chance, power=2)


class JensenShannon:
    """Jensen-Shannon distance (base 2) over the same bins: for small distances its square is PSI / (8 ln 2).

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of(["a", "a", "a", "b"], "text"), profile_of(["a", "b", "b", "b"], "text"))
    >>> [round(result.score, 2) for result in JensenShannon().measure(sides)]  # of 6, 2, 1 and 2, 6, 1 ninths
    [0.41]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS | CATEGORIES
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score if there is more than one bin."""
        if sides.used_bins > 1:
            ours, theirs = shares_of(sides.bins.counts, sides.bins.reference)
            middle = (ours + theirs) / 2
            divergence = float((rel_entr(ours, middle) + rel_entr(theirs, middle)).sum() / 2)
            score, chance = math.sqrt(max(divergence, 0.0) / math.log(2)), _as_distance(psi_chance(sides))
            yield Measurement("js", score, max(_as_distance(LEAST_PSI), chance), sides.now.present, chance)


class KolmogorovSmirnov:
    """Largest distance between the distribution functions, over the cells of the histograms.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of([1.0, 2.0, 3.0, 4.0]), profile_of([3.0, 4.0, 5.0, 6.0]))
    >>> [round(result.score, 3) for result in KolmogorovSmirnov().measure(sides)]  # 2 of 4 are up to 2, before none
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score."""
        _, ours, theirs = sides.distributions
        score, chance = float(np.abs(ours - theirs).max()), SUPREMUM * math.sqrt(sides.inverse)
        yield Measurement("ks", score, max(0.1, chance), sides.now.present, chance)


class Wasserstein:
    """W1, the area between the distribution functions, within p0.5 to p99.5 of the reference, in its deviations.

    By chance the functions are sqrt(F (1 - F) (1/n + 1/m)) apart; the threshold is the area of Z times that.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of([2.0, 2.0, 2.0, 2.0]), profile_of([1.0, 1.0, 3.0, 3.0]))
    >>> [round(result.score, 2) for result in Wasserstein().measure(sides)]  # all move by 1, one deviation
    [1.0]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score if the reference is not a single number."""
        low, high = sides.reference.cells.quantiles(CLIP).tolist()
        numbers, ours, theirs = sides.distributions
        numbers = np.clip(numbers, low, high) / (max(abs(low), abs(high)) or 1.0)  # keeps squares within a double
        if unit := deviation(numbers, theirs):
            score = area(numbers, np.abs(ours - theirs)) / unit
            spread = area(numbers, np.sqrt(theirs * (1 - theirs))) / unit
            chance = Z * spread * math.sqrt(sides.inverse)
            yield Measurement("w1", score, max(0.25, chance), sides.now.present, chance)


class LInfinity:
    """Largest difference between the shares of a category.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of(["a", "a", "a", "b"], "text"), profile_of(["a", "b", "b", "b"], "text"))
    >>> [round(result.score, 3) for result in LInfinity().measure(sides)]  # 3 of 4 are a, in the reference 1 of 4
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = CATEGORIES
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score."""
        ours = np.array(sides.bins.counts) / sides.now.present
        theirs = np.array(sides.bins.reference) / sides.reference.present
        score, chance = (
            float(np.abs(ours - theirs).max()),
            max(of_share(share, sides.inverse) for share in theirs.tolist()),
        )
        yield Measurement("l_infinity", score, max(0.1, chance), sides.now.present, chance)


class NewShare:
    """Share of values in categories that the reference does not have.

    The expected share is the share of new texts in each interval of the reference (reference_window.py). Abstains if
    the reference has more categories than are kept.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of(["a", "b", "c", "c"], "text"), profile_of(["a", "b"], "text"))
    >>> [round(result.score, 3) for result in NewShare().measure(sides)]  # 2 of 4 are c, which is new
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = frozenset({"text"})
    of_rows = False

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score if all categories of the reference are known."""
        if sides.reference.tops.exact:
            known = sides.reference.tops.counts()
            new = sum(count for text, count in sides.now.tops.counts().items() if text not in known)
            score, chance = (
                min(1.0, new / sides.now.present),
                sides.new_share + of_share(sides.new_share, sides.inverse),
            )
            yield Measurement("new_share", score, max(0.02, chance), sides.now.present, chance)


class NullRatio:
    """Difference between the shares of rows without a value.

    >>> from reports.profiling.examples import profile_of
    >>> sides = ReferenceComparison(profile_of([1.0, None, None, 4.0]), profile_of([1.0, 2.0, 3.0, None]))
    >>> [round(result.score, 3) for result in NullRatio().measure(sides)]  # 2 of 4 are null, in the reference 1 of 4
    [0.25]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS | CATEGORIES | {"time"}
    of_rows = True

    def measure(self, sides: ReferenceComparison) -> Iterator[Measurement]:
        """Yields one score."""
        now, then = sides.now.counts, sides.reference.counts
        both = (now.nulls + then.nulls) / (now.rows + then.rows)
        score, chance = abs(now.nulls / now.rows - then.nulls / then.rows), of_share(both, sides.inverse_rows)
        yield Measurement("null_ratio", score, max(0.05, chance), now.rows, chance)


def psi_chance(sides: ReferenceComparison) -> float:
    """Returns the PSI expected by chance."""
    return chi_square(sides.used_bins - 1) * sides.inverse


def _as_distance(psi: float) -> float:
    """Returns the Jensen-Shannon distance of similar sides with this PSI."""
    return math.sqrt(psi / (8 * math.log(2)))


def area(numbers: Reals, heights: Reals) -> float:
    """Returns the area under a step function that has each height from its number to the next."""
    return float((np.diff(numbers) * heights[:-1]).sum())


def deviation(numbers: Reals, up_to: Reals) -> float:
    """Returns the standard deviation of numbers with this distribution function."""
    shares = np.diff(up_to, prepend=0.0)
    mean = float((numbers * shares).sum())
    return math.sqrt(float(((numbers - mean) ** 2 * shares).sum()))
