"""Counts how far event times are off from their publish time: behind (negative) or ahead.

Offsets are counted by their length in half doublings, so that a batch is a few numbers whatever its content.
"""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

STEPS = 2
"""Bins per doubling of the length."""

Offsets = Mapping[int, tuple[float, float]]
"""Events, and the sum of their offsets (ms), by bin: offsets below a second are in bin 0, times behind in negative
bins."""


def offsets_of(offsets_ms: npt.NDArray[np.float64]) -> dict[int, tuple[float, float]]:
    """Counts offsets by bin.

    >>> offsets_of(np.array([-500.0, 3_600_000.0, 3_600_000.0]))
    {0: (1.0, -500.0), 24: (2.0, 7200000.0)}
    """
    seconds = np.maximum(np.abs(offsets_ms) / 1_000, 1.0)
    bins = (np.sign(offsets_ms) * np.ceil(STEPS * np.log2(seconds))).astype(np.int64)
    lengths, place, many = np.unique(bins, return_inverse=True, return_counts=True)
    sums = np.bincount(place, offsets_ms, len(lengths))
    return {
        length: (float(events), total)
        for length, events, total in zip(*map(np.ndarray.tolist, (lengths, many, sums)), strict=True)
    }


def merged(parts: Iterable[Offsets]) -> dict[int, tuple[float, float]]:
    """Adds counts.

    >>> merged([{0: (1, -5.0)}, {0: (2, 7.0), 24: (1, 9.0)}])
    {0: (3.0, 2.0), 24: (1.0, 9.0)}
    """
    total: dict[int, tuple[float, float]] = {}
    for part in parts:
        for place, (events, sum_ms) in part.items():
            known, known_ms = total.get(place, (0.0, 0.0))
            total[place] = (known + events, known_ms + sum_ms)
    return total


def length_ms(place: int) -> float:
    """Returns the longest offset of a bin (ms), without its direction.

    >>> length_ms(0), length_ms(-24)
    (1000.0, 4096000.0)
    """
    return 1_000 * math.pow(2.0, abs(place) / STEPS)
