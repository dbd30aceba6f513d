"""Turns quantile curves into drawable samples of equal weights, with histogram edges and a range without tails."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
COARSE = 64  # quantiles; of so few none can be spared
POINTS = 512
TAIL = 0.01  # share cut at each end, rounded up: one outlier would leave a single bar
MOST_WHOLE = 48  # different whole numbers that get a bar each
BARS = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """Samples to draw on one axis; their histograms share `edges`. `cut` is the share left out at an end."""

    samples: tuple[Floats, ...]
    edges: tuple[float, ...]
    whole: bool
    cut: float


def drawn(curves: Sequence[Sequence[float]], whole: bool) -> Drawn:
    """Prepares non-empty quantile curves for one axis; `whole` if values are integers.

    >>> drawn([[0.0, 1.0, 2.0]], whole=True).edges
    (-0.5, 0.5, 1.5, 2.5)
    """
    known = [np.asarray(curve, np.float64) for curve in curves]
    tails = [math.ceil(TAIL * (len(curve) - 1)) if len(curve) > COARSE else 0 for curve in known]
    low = min(float(curve[tail]) for curve, tail in zip(known, tails, strict=True))
    high = max(float(curve[-1 - tail]) for curve, tail in zip(known, tails, strict=True))
    samples = tuple(_sample(curve, low, high, whole) for curve in known)
    beyond = [tail / (len(curve) - 1) for curve, tail in zip(known, tails, strict=True) if _exceeds(curve, low, high)]
    return Drawn(samples, _edges(low, high, whole), whole, max(beyond, default=0.0))


def heights(sample: Floats, edges: Sequence[float]) -> Floats:
    """Densities of a sample in bins."""
    counts: Floats = np.histogram(sample, np.asarray(edges))[0] / (np.diff(edges) * max(1, len(sample)))
    return counts


def _exceeds(curve: Floats, low: float, high: float) -> bool:
    return bool(curve[0] < low or curve[-1] > high)


def _sample(curve: Floats, low: float, high: float, whole: bool) -> Floats:
    """Samples the curve at evenly spaced ranks; integers stay integers."""
    ranks = (np.arange(POINTS) + 0.5) / POINTS
    if whole:
        values = curve[np.minimum(np.round(ranks * (len(curve) - 1)).astype(np.int64), len(curve) - 1)]
    else:
        values = np.interp(ranks, np.linspace(0, 1, len(curve)), curve)
    return values[(values >= low) & (values <= high)]


def _edges(low: float, high: float, whole: bool) -> tuple[float, ...]:
    if whole:
        step = max(1, int(np.ceil((high - low + 1) / MOST_WHOLE)))
        return tuple((np.arange(np.floor(low), np.ceil(high) + step + 0.5, step) - 0.5).tolist())
    if low == high:  # an axis needs some width
        low, high = low - max(abs(low), 1.0) / 20, high + max(abs(high), 1.0) / 20
    least = 4 * BARS * float(np.spacing(max(abs(low), abs(high))))  # and its edges a difference
    if high - low < least:
        low, high = low - least, high + least
    return tuple(np.linspace(low, high, BARS + 1).tolist())
