"""Measures drift against a `baseline_profile`: one class per measure, each reads some of its keys.

Floors are practically relevant differences, a quarter of a standard deviation of values or of a share; the rest of a
threshold is the effect of chance for this many values (reports/drift/significance.py).
"""

import math
import re
from collections.abc import Iterator
from typing import ClassVar

from reports.drift.comparison import BaselineComparison, Measurement
from reports.drift.significance import Z, of_share
from reports.profiling import ProfileKind

FLOOR = 0.25
HEAVY = 25.0
"""Kurtosis of heavy tails; a normal distribution has 3, an exponential one 9."""
NUMBERS: frozenset[ProfileKind] = frozenset({"number", "length", "time"})
QUANTILE = re.compile(r"p(\d{1,2}(?:_\d)?)")


class MeanShift:
    """|mean - mean0| in standard deviations of the baseline (of the interval if the baseline has none).

    A few values of a long tail often have a low mean together with a low deviation. So the effect of chance is computed
    with at least the usual deviation: the baseline's, otherwise that of earlier intervals.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([1.0, 2.0, 3.0]), {"mean": 0.0, "std_dev": 4.0})
    >>> [round(result.score, 3) for result in MeanShift().measure(sides)]  # mean 2 is 2 above 0: half a deviation
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score if the baseline has a mean and the values are not all equal."""
        moments, std = sides.now.moments, sides.now.moments.std or 0.0
        usual = sides.baseline.get("std_dev")
        unit = usual or std
        if "mean" in sides.baseline and unit and math.isfinite(moments.mean):
            noise = Z * max(std, usual or sides.deviation) / unit * math.sqrt(sides.inverse)
            score = abs(moments.mean - sides.baseline["mean"]) / unit
            yield Measurement("mean_shift", score, max(FLOOR, noise), moments.n)


class StdRatio:
    """|ln(std / std0)|; the variation of a standard deviation by chance depends on the tails (the kurtosis).

    With heavy tails it depends on a few values and is mostly below the baseline's, so the measure abstains, also until
    earlier intervals have shown the tails, which few values do not show.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([1.0, 3.0, 5.0]), {"std_dev": 1.0}, kurtosis=3.0)
    >>> [round(result.score, 3) for result in StdRatio().measure(sides)]  # ln(2 / 1)
    [0.693]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score if the baseline has a std_dev and the values are not all equal."""
        std, base = sides.now.moments.std, sides.baseline.get("std_dev")
        tails = max(sides.now.kurtosis, sides.kurtosis)
        if std and base and tails <= HEAVY:
            noise = Z * math.sqrt((tails - 1) / 4 * sides.inverse)
            yield Measurement("std_ratio", abs(math.log(std) - math.log(base)), max(FLOOR, noise), sides.now.moments.n)


class QuantileShare:
    """Share of values above p95 of the baseline, against 5 %; likewise for any pXX (p99_9 is 99.9 %).

    With ties the expected share lies between the share above and the share at or above, so only an excess beyond both
    counts.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([1.0, 5.0, 6.0, 7.0]), {"p75": 3.0})
    >>> [round(result.score, 3) for result in QuantileShare().measure(sides)]  # 3 of 4 are above p75, 1 of 4 expected
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score per pXX."""
        for key, quantile in sides.baseline.items():
            if match := QUANTILE.fullmatch(key):
                above = 1 - float(match[1].replace("_", ".")) / 100
                more, at_least = shares_beyond(sides, quantile)
                score = max(more - above, above - at_least, 0.0)
                threshold = share_threshold(above, sides.inverse)
                yield Measurement(f"{key}_share", score, threshold, sides.now.moments.n)


class OutOfRange:
    """Share of values beyond the baseline's min or max, where none should be.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([5.0, 7.0, 20.0, 30.0]), {"max": 10.0})
    >>> [round(result.score, 3) for result in OutOfRange().measure(sides)]  # 2 of 4 are above the max
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score for min and one for max."""
        baseline, n = sides.baseline, sides.now.moments.n
        if "min" in baseline:
            yield Measurement("min_share", 1 - shares_beyond(sides, baseline["min"])[1], NONE_EXPECTED, n)
        if "max" in baseline:
            yield Measurement("max_share", shares_beyond(sides, baseline["max"])[0], NONE_EXPECTED, n)


class BaselineNullRatio:
    """|null ratio - null ratio0|, over all rows.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([1.0, None, None, 4.0]), {"null_ratio": 0.25})
    >>> [round(result.score, 3) for result in BaselineNullRatio().measure(sides)]  # 2 of 4 are null, 1 of 4 expected
    [0.25]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS | {"text", "truth"}
    of_rows = True

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score if the baseline has a null_ratio."""
        if "null_ratio" in sides.baseline:
            base, counts = sides.baseline["null_ratio"], sides.now.counts
            score = abs(counts.nulls / counts.rows - base)
            threshold = share_threshold(base, sides.inverse_rows)
            yield Measurement("null_ratio", score, threshold, counts.rows)


class TrueRatio:
    """|true ratio - true ratio0|.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([True, True, True, False], "truth"), {"true_ratio": 0.5})
    >>> [round(result.score, 3) for result in TrueRatio().measure(sides)]  # 3 of 4 are true, 2 of 4 expected
    [0.25]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = frozenset({"truth"})
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score if the baseline has a true_ratio."""
        if "true_ratio" in sides.baseline:
            base, moments = sides.baseline["true_ratio"], sides.now.moments
            threshold = share_threshold(base, sides.inverse)
            yield Measurement("true_ratio", abs(moments.mean - base), threshold, moments.n)


class BaselineUniqueRatio:
    """|distinct values / values - unique ratio0|; the floor is wide, because the ratio falls with the number of rows.

    >>> from reports.profiling.examples import profile_of
    >>> sides = BaselineComparison(profile_of([1.0, 1.0, 2.0, 2.0]), {"unique_ratio": 1.0})
    >>> [round(result.score, 3) for result in BaselineUniqueRatio().measure(sides)]  # 2 distinct of 4, 4 of 4 expected
    [0.5]
    """

    kinds: ClassVar[frozenset[ProfileKind]] = NUMBERS | {"text"}
    of_rows = False

    def measure(self, sides: BaselineComparison) -> Iterator[Measurement]:
        """Yields one score if the baseline has a unique_ratio."""
        if "unique_ratio" in sides.baseline:
            ratio = min(1.0, sides.now.distinct / sides.now.present)
            yield Measurement("unique_ratio", abs(ratio - sides.baseline["unique_ratio"]), 0.1, sides.now.present)


NONE_EXPECTED = 0.01
"""Tolerated share of values or rows where a baseline has none."""


def share_threshold(share: float, inverse: float) -> float:
    """Returns the threshold of a share: a quarter of its indicator's standard deviation, or more for chance."""
    return max(FLOOR * math.sqrt(share * (1 - share)), of_share(share, inverse), NONE_EXPECTED)


def shares_beyond(sides: BaselineComparison, number: float) -> tuple[float, float]:
    """Returns the share of values above a number and the share at or above it, to the resolution of the cells."""
    cells = sides.now.cells
    above = cells.counts[cells.lows > number].sum() / cells.n
    at_least = cells.counts[cells.highs >= number].sum() / cells.n
    return float(above), float(at_least)
