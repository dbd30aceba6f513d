"""A histogram of numbers that needs no baseline: exact counts in cells by the leading bits of the double.

The cells are log-linear, as in HdrHistogram: cut from a double's ordered bits, they grow with the number. They begin as
fine as the double itself, so up to MOST different numbers are kept exactly; for more numbers the fewest possible
trailing bits are cut. How many depends on the numbers alone: any order of batches and merges gives the same cells. If
the numbers are few or close together the cells stay narrow, for 1.7e9 seconds of a clock as for amounts.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from reports.profiling.kernels import SIZE, Ints, Reals, together

LARGEST = 0x7FEFFFFFFFFFFFFF
"""Key of the greatest finite double; the least finite double has its negative - 1."""
MOST = 512
"""Most cells kept: about 2 bytes each when dumped."""
_MANY = 4_096


@dataclass(frozen=True)
class LogHistogram:
    """`counts[i]` numbers have the key `keys[i]`, ascending, after `shift` bits are cut from their ordered bits.

    >>> LogHistogram.of(np.array([3.0, 1.0, 1.0])).quantiles([0.0, 0.5, 1.0]).tolist()
    [1.0, 1.0, 3.0]
    """

    keys: Ints
    counts: Ints
    shift: int = 0

    @classmethod
    def of(cls, numbers: Reals, weights: Ints | None = None) -> "LogHistogram":
        """Creates cells of finite numbers, each counted `weights` times."""
        keys = keys_of(numbers)
        order = np.argsort(keys, kind="stable")
        counts = np.ones(len(keys), np.int64) if weights is None else weights.astype(np.int64)[order]
        return EMPTY.with_keys(keys[order], counts)

    def with_keys(self, keys: Ints, counts: Ints) -> "LogHistogram":
        """Returns the histogram with numbers added, by ascending keys."""
        return LogHistogram(*together(self.keys, self.counts, self.shift, keys, counts, 0, MOST))

    def with_numbers(self, keys: Ints) -> "LogHistogram":
        """Returns the histogram with the numbers of keys added, in any order; many in few cells are not sorted."""
        cells = keys >> self.shift
        least = int(cells.min(initial=LARGEST))
        span = int(cells.max(initial=-LARGEST)) - least
        if len(cells) > _MANY and span < len(cells):
            counts = np.bincount(cells - least)
            places = np.flatnonzero(counts)
            return self.merged(LogHistogram(places + least, counts[places], self.shift))
        cells.sort()
        return self.merged(LogHistogram(cells, np.ones(len(cells), np.int64), self.shift))

    def merged(self, other: "LogHistogram") -> "LogHistogram":
        """Merges two histograms. Associative and commutative."""
        return LogHistogram(*together(self.keys, self.counts, self.shift, other.keys, other.counts, other.shift, MOST))

    def cut(self, shift: int) -> "LogHistogram":
        """Returns the same numbers in cells at least as coarse as those of a shift."""
        return self if shift <= self.shift else self.merged(LogHistogram(EMPTY.keys, EMPTY.counts, shift))

    @cached_property
    def n(self) -> int:
        """Returns the number of counted numbers."""
        return int(self.counts.sum())

    @cached_property
    def lows(self) -> Reals:
        """Returns the least number of each cell."""
        return numbers_of(np.maximum(self.keys << self.shift, -LARGEST - 1))

    @cached_property
    def highs(self) -> Reals:
        """Returns the greatest number of each cell; zero for the cell of zero, which in practice holds only zeros."""
        greatest = numbers_of(np.minimum((self.keys << self.shift) | ((1 << self.shift) - 1), LARGEST))
        return np.where(self.keys == 0, 0.0, greatest)

    @cached_property
    def middles(self) -> Reals:
        """Returns the number that represents each cell."""
        middles: Reals = self.lows / 2 + self.highs / 2
        return np.where(self.highs > self.lows, middles, self.lows)

    @cached_property
    def before(self) -> Ints:
        """Returns the count of numbers before each cell, and in total."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.counts)])

    def dump(self) -> bytes:
        """Encodes the histogram compactly: differences of keys, then counts."""
        differences = np.diff(self.keys, prepend=0)
        return zlib.compress(np.concatenate([[self.shift], differences, self.counts]).astype("<i8").tobytes(), 1)

    @classmethod
    def load(cls, data: bytes) -> "LogHistogram":
        """Decodes a dumped histogram."""
        words = np.frombuffer(zlib.decompress(data), "<i8").astype(np.int64)
        cells = len(words) // 2
        return cls(np.cumsum(words[1 : cells + 1]), words[cells + 1 :].copy(), int(words[0]))

    def quantiles(self, ranks: npt.ArrayLike) -> Reals:
        """Returns the numbers of ranks from 0 to 1, within the cell of the exact number; NaN without numbers."""
        asked = np.asarray(ranks, np.float64)
        if not self.n:
            return np.full(asked.shape, np.nan)
        place = asked * (self.n - 1)
        cell = np.searchsorted(self.before[1:], np.floor(place), side="right")
        inside = np.clip((place - self.before[cell] + 0.5) / self.counts[cell], 0.0, 1.0)
        return self.lows[cell] + (self.highs[cell] - self.lows[cell]) * inside


def keys_of(numbers: Reals) -> Ints:
    """Returns an int64 for each double, in the same order; 0.0 and -0.0 share one."""
    bits = (np.ascontiguousarray(numbers, np.float64) + 0.0).view(np.int64)
    return bits ^ ((bits >> 63) & SIZE)


def numbers_of(keys: Ints) -> Reals:
    """Returns the doubles of keys."""
    return (keys ^ ((keys >> 63) & SIZE)).view(np.float64)


EMPTY = LogHistogram(np.empty(0, np.int64), np.empty(0, np.int64))
