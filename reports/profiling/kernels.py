"""Compiled loops of profiles: scan the numbers of a batch, merge cells, hash texts."""

from typing import Any

import numpy as np
import numpy.typing as npt

from compiled_loops import allocating

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

NANS, INFINITE, ZEROS, NEGATIVES, FINITE, TALLIES = 0, 1, 2, 3, 4, 5
MEAN, M2, LOW, HIGH, FIGURES = 0, 1, 2, 3, 4
SIZE = 0x7FFFFFFFFFFFFFFF  # all bits of a double except its sign
LAST = SIZE  # no finite number has this key
REGISTER_BITS = 12

_MIX1, _MIX2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_HALF, _ONE = np.uint64(33), np.uint64(1)
_RANK_BITS = np.uint64(64 - REGISTER_BITS)


@allocating
def mixed(word: Any) -> Any:
    """Mixes all bits of a uint64 into all bits (the finalizer of MurmurHash3)."""
    word = (word ^ (word >> _HALF)) * _MIX1
    word = (word ^ (word >> _HALF)) * _MIX2
    return word ^ (word >> _HALF)


@allocating
def raise_register(registers: Bytes, hashed: Any) -> None:
    """Records a hash (uint64) in HyperLogLog registers: its first bits select one, the zeros after them are its
    rank."""
    pattern, rank = hashed & ((_ONE << _RANK_BITS) - _ONE), 1
    while rank <= _RANK_BITS and not pattern >> (_RANK_BITS - np.uint64(rank)):
        rank += 1
    register = hashed >> _RANK_BITS
    registers[register] = max(registers[register], rank)


@allocating
def _key(number: Any) -> Any:
    """Returns the key of a double: an int64 that is larger for a larger double; 0.0 and -0.0 have one key."""
    bits = np.float64(number).view(np.int64)
    return bits ^ ((bits >> 63) & SIZE)


@allocating
def _mean(numbers: Reals, total: float, finite: int, low: float, high: float) -> Any:
    """Returns the mean of the finite numbers, even if their sum is beyond a double; 0 without any."""
    mean = total / finite if finite else 0.0
    if np.isfinite(mean):
        return mean
    mean = 0.0
    for row in range(numbers.shape[0]):
        if np.isfinite(numbers[row]):
            mean += numbers[row] / finite
    return min(max(mean, low), high)


@allocating
def _squared_deviations(numbers: Reals, mean: float) -> Any:
    """Returns the sum of squared deviations of the finite numbers from their mean."""
    total = 0.0
    for row in range(numbers.shape[0]):
        if np.isfinite(numbers[row]):
            total += (numbers[row] - mean) ** 2
    return total


@allocating
def scan(numbers: Reals, words: Ints, registers: Bytes, keys: Ints, tallies: Ints, figures: Reals) -> None:
    """Computes counts, moments, extremes and keys of the finite numbers; `words` (int64) identify distinct values."""
    finite, total = 0, 0.0
    low, high = np.inf, -np.inf
    for row in range(numbers.shape[0]):
        number = numbers[row] + 0.0
        if np.isnan(number):
            tallies[NANS] += 1
            continue
        raise_register(registers, mixed(np.uint64(words[row])))
        if np.isinf(number):
            tallies[INFINITE] += 1
            continue
        tallies[ZEROS] += number == 0
        tallies[NEGATIVES] += number < 0
        total += number
        low, high = min(low, number), max(high, number)
        keys[finite] = _key(number)
        finite += 1
    mean = _mean(numbers, total, finite, low, high)
    tallies[FINITE] = finite
    figures[MEAN], figures[M2], figures[LOW], figures[HIGH] = mean, _squared_deviations(numbers, mean), low, high


@allocating
def together(
    keys: Ints, counts: Ints, shift: int, more: Ints, weights: Ints, more_shift: int, limit: int
) -> tuple[Ints, Ints, int]:
    """Merges two sorted lists of cells into one of at most `limit` cells: (keys, counts, shift).

    The shift is the smallest that fits the union, so the result does not depend on the order of merges.
    """
    common = max(shift, more_shift)
    merged, sums = np.empty(keys.size + more.size, np.int64), np.empty(keys.size + more.size, np.int64)
    left, right, size = 0, 0, 0
    while left < keys.size or right < more.size:
        ours = keys[left] >> (common - shift) if left < keys.size else LAST
        theirs = more[right] >> (common - more_shift) if right < more.size else LAST
        key = min(ours, theirs)
        count = counts[left] if ours <= theirs else weights[right]
        left, right = left + (ours <= theirs), right + (ours > theirs)
        size = _put(merged, sums, size, key, count)
    coarser, cells = _coarser(merged, size, limit), 0
    for index in range(size):
        cells = _put(merged, sums, cells, merged[index] >> coarser, sums[index])
    return merged[:cells].copy(), sums[:cells].copy(), common + coarser


@allocating
def _put(keys: Ints, counts: Ints, size: int, key: int, count: int) -> int:
    """Counts a key after all smaller ones; returns the number of keys."""
    if size and keys[size - 1] == key:
        counts[size - 1] += count
        return size
    keys[size], counts[size] = key, count
    return size + 1


@allocating
def _coarser(keys: Ints, size: int, limit: int) -> int:
    """Returns by how many bits sorted keys must be cut to leave at most `limit`."""
    if size <= limit:
        return 0
    low, high = 0, 63
    while high - low > 1:
        middle = (low + high) // 2
        cells = 1
        for index in range(1, size):
            cells += (keys[index] >> middle) != (keys[index - 1] >> middle)
        if cells > limit:
            low = middle
        else:
            high = middle
    return high


@allocating
def see_texts(offsets: Ints, data: Bytes, registers: Bytes) -> None:
    """Records texts in HyperLogLog registers; text i is the UTF-8 bytes `data[offsets[i]:offsets[i + 1]]`."""
    for row in range(offsets.size - 1):
        word = _BASIS  # FNV-1a, mixed: the same on every machine
        for offset in range(offsets[row], offsets[row + 1]):
            word = (word ^ np.uint64(data[offset])) * _PRIME
        raise_register(registers, mixed(word))
