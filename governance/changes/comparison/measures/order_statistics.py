"""Computes exact quantiles of more numbers than fit into memory: one pass over them per digit."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Passes = Callable[[], Iterable[Floats]]
"""Returns the same numbers at each call, in pieces, without NaN."""
_BITS, _DIGIT = 64, 16
_LAST = np.uint64((1 << _DIGIT) - 1)
_SIGN = np.uint64(1 << 63)
Keys = npt.NDArray[np.uint64]


def quantiles(passes: Passes, count: int, shares: Sequence[float]) -> list[float]:
    """Returns the quantiles at some shares of `count` numbers, interpolated like numpy.

    >>> quantiles(lambda: [np.array([1.0, 2.0]), np.array([4.0])], 3, [0.5, 0.75])
    [2.0, 3.0]
    """
    places = [share * (count - 1) for share in shares]
    ranks = sorted({rank for place in places for rank in (int(place), min(int(place) + 1, count - 1))})
    by_rank = dict(zip(ranks, _of_ranks(passes, ranks), strict=True))
    return [_between(by_rank[int(place)], by_rank[min(int(place) + 1, count - 1)], place % 1) for place in places]


def _between(low: float, high: float, part: float) -> float:
    """Interpolates without a difference, which could overflow."""
    return low if low == high else low * (1 - part) + high * part


def _of_ranks(passes: Passes, ranks: Sequence[int]) -> list[float]:
    """Returns the numbers of these ranks, from 0; each pass determines one more leading digit."""
    known, left = [0] * len(ranks), list(ranks)
    for shift in range(_BITS - _DIGIT, -1, -_DIGIT):
        counts = _counted(passes, set(known), shift)
        for place, prefix in enumerate(known):
            upto = np.cumsum(counts[prefix])
            digit = int(np.searchsorted(upto, left[place], side="right"))
            left[place] -= int(upto[digit - 1]) if digit else 0
            known[place] = prefix << _DIGIT | digit
    numbers: list[float] = _numbers(np.array(known, np.uint64)).tolist()
    return numbers


def _counted(passes: Passes, prefixes: set[int], shift: int) -> dict[int, npt.NDArray[np.int64]]:
    """Counts how often each next digit follows each of the prefixes."""
    counts = {prefix: np.zeros(1 << _DIGIT, np.int64) for prefix in prefixes}
    for numbers in passes():
        keys = _keys(numbers) >> np.uint64(shift)
        leading = keys >> np.uint64(_DIGIT)
        for prefix in prefixes:
            matching = keys if shift == _BITS - _DIGIT else keys[leading == np.uint64(prefix)]
            counts[prefix] += np.bincount((matching & _LAST).astype(np.int64), minlength=1 << _DIGIT)
    return counts


def _keys(numbers: Floats) -> Keys:
    """Maps numbers to integers in the same order."""
    bits = (numbers + 0.0).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _numbers(keys: Keys) -> Floats:
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float64)
