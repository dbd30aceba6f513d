"""Scales the value axis of a chart: positions of values, and a few round ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

FEW = 2.5


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """An axis from a low to a high value."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Returns the position of a value, from 0 at the lower end to 1 at the upper; the middle if the ends are
        equal."""
        spread = self.high / 2 - self.low / 2  # halves never exceed a double
        return min(1.0, max(0.0, (value / 2 - self.low / 2) / spread)) if spread else 0.5

    def ticks(self) -> list[float]:
        """Returns two to four round values; the ends if there are none between them.

        >>> ValueAxis(0, 10).ticks(), ValueAxis(-1e308, 1.7e308).ticks()
        ([0.0, 5.0, 10.0], [-1e+308, 1.7e+308])
        """
        spread = self.high - self.low
        if not isfinite(spread) or spread < 1e-300:
            return [self.low, self.high]
        step = _round(spread / FEW)
        first = ceil(self.low / step)
        last = floor(self.high / step * (1 + 1e-9))
        multiples = [number * step for number in range(first, last + 1)] if last - first < 6 else []
        return multiples if len(multiples) > 1 else [self.low, self.high]


def axis_of(values: Sequence[float], *, from_zero: bool = True) -> ValueAxis:
    """Returns the axis of these values; it begins at zero if that is close to them.

    >>> axis_of([90, 100]), axis_of([10, 100]), axis_of([7, 7])
    (ValueAxis(low=90, high=100), ValueAxis(low=0.0, high=100), ValueAxis(low=6.3, high=7.7))
    """
    if not values:
        return ValueAxis(0.0, 1.0)
    low, high = min(values), max(values)
    if low == high:
        around = abs(low) * 0.1 or 1.0
        return ValueAxis(low - around if low else 0.0, high + around)
    return ValueAxis(0.0 if from_zero and 0 <= low < 0.6 * high else low, high)


def _round(step: float) -> float:
    """Returns the next larger of 1, 2 and 5 times a power of ten."""
    power: float = 10.0 ** floor(log10(step))
    return next(times * power for times in (1.0, 2.0, 5.0, 10.0) if times * power >= step * (1 - 1e-9))
