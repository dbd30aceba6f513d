"""Computes the histogram of pictures: bins of equal width over now and before, counted from the profiles' cells."""

import math
from dataclasses import dataclass

import numpy as np

from reports.bin_edges import LARGEST, bin_places
from reports.profiling.histogram import LogHistogram
from reports.profiling.kernels import Ints, Reals
from reports.profiling.profile import Profile
from reports.records import Histogram

BARS, FEWEST_BARS = 40, 8
FINE = 4  # bins per bar for fractional numbers: a density is smoother than its bars
MOST_WHOLE = 48  # most integers with a bar each
FINE_WHOLE = 192
TAIL = 0.01  # share of values in a tail
FAR = 0.5  # of the width without tails: a wider tail is cut, or one outlier would leave a single bar
FEW = 100  # values up to which no tail is cut
APART = 2.0**50  # from here on doubles cannot hold the half between two integers
MARGIN = 0.05  # width added around equal values, which need some
TICKS = 4.0  # least number of doubles between two edges


@dataclass(frozen=True, slots=True)
class _Layout:
    """Bins of equal width from `low` on; a bar joins some of them."""

    low: float
    width: float
    bins: int
    joined: int
    whole: bool

    @property
    def edges(self) -> Reals:
        return bin_places(self.low, self.width, np.arange(self.bins + 1, dtype=np.float64))


def histogram_of(now: Profile, reference: Profile | None) -> Histogram:
    """Counts both profiles in common bins; empty for texts and truth values, and without numbers.

    >>> import polars as pl
    >>> profile = Profile("number", rules=0)
    >>> profile.add(pl.Series([1, 1, 3]), violations=[])
    >>> histogram_of(profile, None).counts
    (2, 0, 1)
    """
    sides = [side.cells for side in (now, reference) if side is not None and side.cells.n]
    if now.kind in ("text", "truth") or not sides:
        return Histogram()
    layout = _layout_of(sides, now.cells.n or sides[0].n)
    before = () if reference is None else _counted(reference.cells, layout)
    counts = _counted(now.cells, layout)
    outside = now.cells.n - sum(counts), reference.cells.n - sum(before) if reference is not None else 0
    return Histogram(
        low=layout.low, width=layout.width, joined=layout.joined, whole=layout.whole,
        counts=counts, reference=before, outside=outside,
    )  # fmt: skip


def _layout_of(sides: list[LogHistogram], n: int) -> _Layout:
    low, high = _range_of(sides)
    if max(-low, high) < APART and all(map(_is_whole, sides)):
        return _whole_layout(math.ceil(low), math.floor(high), n)
    return _real_layout(low, high, n)


def _is_whole(side: LogHistogram) -> bool:
    """Returns whether all numbers may be integers: then the end of each cell nearer to zero is an integer."""
    ends = np.where(side.keys < 0, side.highs, side.lows)
    return bool((ends == np.floor(ends)).all())


def _range_of(sides: list[LogHistogram]) -> tuple[float, float]:
    ends = [_without_tails(side) for side in sides]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _without_tails(side: LogHistogram) -> tuple[float, float]:
    """Returns the least and the greatest number, or the start of a tail that is long."""
    low, high = float(side.lows[0]), float(side.highs[-1])
    if side.n < FEW:
        return low, high
    start, end = side.quantiles([TAIL, 1 - TAIL]).tolist()
    far = FAR * (end / 2 - start / 2)  # halves, because the difference of two doubles may exceed a double
    return start if start / 2 - low / 2 > far else low, end if high / 2 - end / 2 > far else high


def _whole_layout(low: int, high: int, n: int) -> _Layout:
    """Gives each integer a bar while they are few, otherwise the same number of integers to each; edges lie between
    them."""
    numbers = high - low + 1
    fine = max(1, math.ceil(numbers / FINE_WHOLE))
    bars = MOST_WHOLE if numbers <= MOST_WHOLE else _bars(n)
    joined = math.ceil(numbers / bars / fine)
    bar = fine * joined
    first = low // bar * bar
    many = math.ceil((high - first + 1) / bar)
    return _Layout(first - 0.5, float(fine), many * joined, joined, whole=True)


def _real_layout(low: float, high: float, n: int) -> _Layout:
    bins = FINE * _bars(n)
    if low == high:
        low, high = low - max(abs(low), 1.0) * MARGIN, high + max(abs(high), 1.0) * MARGIN
    low, high = max(low, -LARGEST), min(high, LARGEST)
    least = TICKS * bins * _spacing(max(-low, high))
    if high / 2 - low / 2 < least / 2:
        low, high = max(low - least / 2, -LARGEST), min(high + least / 2, LARGEST)
    above = float(np.nextafter(high, math.inf)) if high < LARGEST else high
    width = above / bins - low / bins
    return _Layout(low, max(width, _spacing(abs(low))), bins, FINE, whole=False)


def _spacing(number: float) -> float:
    """Returns the distance from a double to the next; the largest double has none."""
    return float(np.spacing(min(number, LARGEST / 2)))


def _bars(n: int) -> int:
    """Returns the number of bars by Rice's rule, within bounds."""
    return max(FEWEST_BARS, min(BARS, int(2 * math.cbrt(n))))


def _counted(cells: LogHistogram, layout: _Layout) -> tuple[int, ...]:
    """Counts numbers per bin; splits a cell at an edge in proportion, so that every number counts once."""
    if not cells.n:
        return (0,) * layout.bins
    lows, highs = cells.lows, cells.highs
    if layout.whole:  # each integer is one wide
        lows, highs = np.ceil(lows) - 0.5, np.floor(highs) + 0.5
    below = _below(lows / 2, highs / 2, cells, layout.edges)
    return tuple(np.diff(below).tolist())


def _below(lows: Reals, highs: Reals, cells: LogHistogram, edges: Reals) -> Ints:
    """Returns how many numbers are below each edge; uses halves of the cells' ends, whose differences are doubles."""
    last = np.searchsorted(lows, edges / 2, side="left") - 1  # the last cell that begins below the edge
    cell = np.maximum(last, 0)
    low, high = lows[cell], highs[cell]
    spread = np.where(high > low, high - low, 1.0)
    share = np.where(high > low, np.clip((edges / 2 - low) / spread, 0.0, 1.0), 1.0)
    below = cells.before[cell] + np.rint(share * cells.counts[cell]).astype(np.int64)
    return np.where(last < 0, 0, below)
