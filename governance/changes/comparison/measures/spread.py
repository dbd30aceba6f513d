"""Computes a histogram of numbers on both sides over common edges, from a sample by hash."""

from collections.abc import Sequence

import numpy as np

from governance.changes.comparison.measures.feature_pairs import FeaturePairs
from governance.changes.comparison.measures.sample import RowSample
from governance.changes.comparison.measures.values import Floats, numbers_of
from governance.changes.comparison.pair_files import AFTER, BEFORE
from governance.changes.comparison.report import SampledHistogram

BARS = 40
_TAIL = 0.5  # percent at each end outside the bars
_LEAST = 1e-12  # of the greatest number: closer numbers are equal
_TINY = 1e-290
_HALF = float(np.finfo(np.float64).max) / 2


def spread_of(pairs: FeaturePairs) -> SampledHistogram | None:
    """Returns the bars of both sides; None without numbers."""
    sample = RowSample()
    for rows in pairs.rows():
        sample.add(rows)
    sides = {side: numbers_of(sample.rows[side]) for side in pairs.sides if len(sample.rows)}
    none = np.empty(0)
    return bars_of(sides.get(BEFORE, none), sides.get(AFTER, none), len(sample.rows))


def bars_of(before: Floats, after: Floats, sampled: int) -> SampledHistogram | None:
    """Returns the bars of each side's numbers, out of `sampled` rows."""
    known = [numbers for numbers in (before, after) if len(numbers)]
    if not known:
        return None
    edges = _edges(known)
    counts = [np.histogram(numbers, edges)[0] for numbers in (before, after)]
    beyond = [len(numbers) - int(own.sum()) for numbers, own in zip((before, after), counts, strict=True)]
    return SampledHistogram(
        edges=tuple(edges.tolist()),
        before=tuple(counts[0].tolist()),
        after=tuple(counts[1].tolist()),
        beyond=(beyond[0], beyond[1]),
        sampled=sampled,
    )


def _edges(sides: Sequence[Floats]) -> Floats:
    """Returns edges that span nearly all numbers, with a margin if all are equal."""
    halves = [numbers / 2 for numbers in sides]  # halves, so that no difference exceeds a double
    low = min(float(np.percentile(half, _TAIL)) for half in halves)
    high = max(float(np.percentile(half, 100 - _TAIL)) for half in halves)
    least = _LEAST * max(abs(low), abs(high), _TINY)
    room = max(abs(low), 1.0) / 8 if high - low <= least else 0.0
    edges: Floats = np.linspace(max(low - room, -_HALF), min(high + room, _HALF), BARS + 1) * 2
    return edges
