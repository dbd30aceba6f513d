"""Prepares the histogram of a report for an axis: common bars of now and before, and weighted points for densities."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.bin_edges import bin_places
from reports.records import Histogram

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HistogramSide:
    """One side of a histogram: the number of values at each of `points`, and beyond the ends."""

    points: Floats
    weights: Floats
    outside: int

    @property
    def count_within(self) -> float:
        """Returns the number of values between the ends."""
        return float(self.weights.sum())

    @property
    def cut(self) -> float:
        """Returns the share of values beyond an end."""
        return self.outside / max(1.0, self.count_within + self.outside)


@dataclass(frozen=True, slots=True)
class DensityData:
    """The data of one axis; `before` is None without a reference."""

    now: HistogramSide
    before: HistogramSide | None
    edges: Floats
    whole: bool

    @property
    def sides(self) -> list[HistogramSide]:
        """Returns the sides with values."""
        return [side for side in (self.now, self.before) if side is not None and side.count_within]

    @property
    def bar(self) -> float:
        """Returns the width of a bar."""
        return float(self.edges[1] - self.edges[0])


def drawn(histogram: Histogram, scale: float = 1.0) -> DensityData:
    """Prepares a non-empty histogram for an axis on which values are multiplied by `scale`.

    >>> drawn(Histogram(low=-0.5, width=1.0, whole=True, counts=(3, 1))).edges.tolist()
    [-0.5, 0.5, 1.5]
    """
    low, width = histogram.low * scale, histogram.width * scale
    points: Floats = bin_places(low, width, np.arange(len(histogram.counts), dtype=np.float64) + 0.5)
    now, before = (
        HistogramSide(points, np.asarray(counts, np.float64), outside)
        for counts, outside in zip((histogram.counts, histogram.reference), histogram.outside, strict=True)
    )
    joined_bars = np.arange(len(points) // histogram.joined + 1, dtype=np.float64)
    edges: Floats = bin_places(low, width, joined_bars * histogram.joined)
    return DensityData(now, before if histogram.reference else None, edges, histogram.whole)


def heights(side: HistogramSide, joined: int = 1) -> Floats:
    """Returns the share of shown values in each bar of `joined` points."""
    shares: Floats = side.weights.reshape(-1, joined).sum(axis=1) / max(1.0, side.count_within)
    return shares


def bars(histogram: Histogram) -> list[Floats]:
    """Returns the shares of the bars now, and before if there is a reference."""
    sides = drawn(histogram)
    return [heights(side, histogram.joined) for side in (sides.now, sides.before) if side is not None]
