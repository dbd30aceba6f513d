"""How numbers are spread on both sides: a histogram over common edges, of a sample by hash."""

from collections.abc import Mapping

import numpy as np

from governance.comparison.measures.feature_pairs import FeaturePairs
from governance.comparison.measures.sample import RowSample
from governance.comparison.measures.values import Floats, numbers_of
from governance.comparison.pair_files import AFTER, BEFORE
from governance.comparison.report import Bars

BARS = 40
_TAIL = 0.5  # percent at each end that the bars leave out


def spread_of(pairs: FeaturePairs) -> Bars | None:
    """The bars of both sides; None where there is no number."""
    sample = RowSample()
    for rows in pairs.rows():
        sample.add(rows)
    if not len(sample.rows):
        return None
    sides = {side: numbers_of(sample.rows[side]) for side in pairs.sides}
    known = [numbers for numbers in sides.values() if len(numbers)]
    return _bars(sides, _edges(known), len(sample.rows)) if known else None


def _edges(sides: list[Floats]) -> Floats:
    """From where nearly all numbers begin to where they end; a single one has room on both sides."""
    with np.errstate(over="ignore"):
        low = min(float(np.percentile(numbers, _TAIL)) for numbers in sides)
        high = max(float(np.percentile(numbers, 100 - _TAIL)) for numbers in sides)
        room = max(abs(low), 1.0) * 0.5 if high - low <= 1e-12 * max(abs(low), abs(high)) else 0.0
        return np.linspace(low / 2 - room / 2, high / 2 + room / 2, BARS + 1) * 2


def _bars(sides: Mapping[str, Floats], edges: Floats, sampled: int) -> Bars:
    none = np.empty(0)
    before, after = (sides.get(side, none) for side in (BEFORE, AFTER))
    counts = [np.histogram(numbers, edges)[0] for numbers in (before, after)]
    beyond = [len(numbers) - int(own.sum()) for numbers, own in zip((before, after), counts, strict=True)]
    return Bars(
        edges=tuple(edges.tolist()),
        before=tuple(counts[0].tolist()),
        after=tuple(counts[1].tolist()),
        beyond=(beyond[0], beyond[1]),
        sampled=sampled,
    )
