"""Adds a value to the words of a partial, and merges the words of two tiles.

`words[at]` is the partial's first word. Values are words: integers, bits of doubles, or numbers of interned texts.
"""

import numpy as np

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Bytes, Ints, Word
from dataflows.kernels.offsets import LENGTH, START
from dataflows.kernels.opcodes import PartialOp, ValueOrder
from dataflows.kernels.strings.arrow_strings import precedes

COUNT, SUM, MIN, MAX = PartialOp.COUNT.value, PartialOp.SUM.value, PartialOp.MIN.value, PartialOp.MAX.value
TOTAL, SPREAD, FIRST, LAST = PartialOp.TOTAL.value, PartialOp.SPREAD.value, PartialOp.FIRST.value, PartialOp.LAST.value
LATEST, SEEN = PartialOp.LATEST.value, PartialOp.SEEN.value
REAL, TEXT = ValueOrder.REAL.value, ValueOrder.TEXT.value
LOWEST = np.int64(-(2**63))


@inlined
def real(word: int) -> float:
    """Returns the double whose bits a word holds."""
    return np.int64(word).view(np.float64)


@inlined
def bits(number: float) -> Word:
    """Returns the word that holds a double."""
    return np.float64(number).view(np.int64)


@kernel
def less(order: int, left: int, right: int, texts: Ints, arena: Bytes) -> Word:
    """Returns whether a value sorts before another in the order of their kind."""
    if order == REAL:
        return real(left) < real(right)
    if order == TEXT:
        return left != right and precedes(
            arena, texts[left, START], texts[left, LENGTH], texts[right, START], texts[right, LENGTH]
        )
    return left < right


@inlined
def put(
    op: int,
    order: int,
    words: Ints,
    offset: int,
    time: int,
    value: int,
    k: int,
    texts: Ints,
    arena: Bytes,
) -> None:
    """Adds one value of an event at `time` (ms) to a partial that has no cells."""
    if op == COUNT:
        words[offset] += 1
    elif op == SUM:
        words[offset] = bits(real(words[offset]) + real(value))
    elif op == TOTAL:
        add(words, offset, value, value >> 63)
    elif op == MIN or op == MAX:
        keep_extreme(op, order, words, offset, value)
    elif op == SPREAD:
        merge_spread(order, words, offset, 1, value, 0.0, 0.0)
    elif op == LATEST:
        insert_newest(order, words, offset, time, value, k, texts, arena)
    else:
        keep_end(op, order, words, offset, time, value, texts, arena)


@inlined
def merge(
    op: int,
    order: int,
    source: Ints,
    start: int,
    words: Ints,
    offset: int,
    k: int,
    texts: Ints,
    arena: Bytes,
) -> None:
    """Merges the words of a partial at `source[start]` into those of another."""
    if op in (COUNT, SEEN):
        words[offset] += source[start]
    elif op == SUM:
        words[offset] = bits(real(words[offset]) + real(source[start]))
    elif op == TOTAL:
        add(words, offset, source[start], source[start + 1])
    elif op == MIN or op == MAX:
        keep_extreme(op, order, words, offset, source[start])
    elif op == SPREAD:
        n, value, mean = source[start], source[start + 1], real(source[start + 2])
        merge_spread(order, words, offset, n, value, mean, real(source[start + 3]))
    elif op == LATEST:
        for pair in range(start + 1, start + 1 + 2 * source[start], 2):
            insert_newest(order, words, offset, source[pair], source[pair + 1], k, texts, arena)
    else:
        keep_end(op, order, words, offset, source[start], source[start + 1], texts, arena)


@inlined
def keep_extreme(op: int, order: int, words: Ints, offset: int, value: int) -> None:
    """Keeps the smaller or the larger of two numbers."""
    if order == REAL:
        smaller = real(value) < real(words[offset])
    else:
        smaller = value < words[offset]
    if smaller == (op == MIN):
        words[offset] = value


@inlined
def add(words: Ints, offset: int, low: int, high: int) -> None:
    """Adds a 128-bit number to another; carries if the sum of the low words is below either of them."""
    total = words[offset] + low
    carry = (total ^ LOWEST) < (low ^ LOWEST)
    words[offset], words[offset + 1] = total, words[offset + 1] + high + carry


@inlined
def merge_spread(order: int, words: Ints, offset: int, n: int, value: int, mean: float, deviations: float) -> None:
    """Applies Chan's parallel update of (count, mean, sum of squared deviations).

    A mean is stored as its distance from one of the values, which keeps all digits if the values are similar.
    """
    if n == 0:
        return
    before = words[offset]
    if before == 0:
        words[offset + 1] = value
    delta = distance(order, value, words[offset + 1]) + mean - real(words[offset + 2])
    share = n / (before + n)
    words[offset + 3] = bits(real(words[offset + 3]) + deviations + delta * delta * before * share)
    words[offset + 2] = bits(real(words[offset + 2]) + delta * share)
    words[offset] = before + n


@inlined
def distance(order: int, left: int, right: int) -> Word:
    """Returns the difference of two values as a double."""
    if order == REAL:
        return real(left) - real(right)
    difference = left - right
    if (left ^ right) & (left ^ difference) < 0:
        return np.float64(left) - np.float64(right)
    return np.float64(difference)


@kernel
def keep_end(op: int, order: int, words: Ints, offset: int, time: int, value: int, texts: Ints, arena: Bytes) -> None:
    """Keeps the first or the last of two (time, value) pairs; the values break ties of time."""
    if time == words[offset]:
        forward = less(order, value, words[offset + 1], texts, arena)
        replaces = forward if op == FIRST else less(order, words[offset + 1], value, texts, arena)
    else:
        replaces = (time < words[offset]) == (op == FIRST)
    if replaces:
        words[offset], words[offset + 1] = time, value


@kernel
def insert_newest(
    order: int, words: Ints, offset: int, time: int, value: int, k: int, texts: Ints, arena: Bytes
) -> None:
    """Keeps the k newest (time, value) pairs, newest first; at equal times the largest value first."""
    n = words[offset]
    if n < k:
        n += 1
        words[offset] = n
    elif not _newer(order, time, value, words, offset + 2 * k - 1, texts, arena):
        return
    pair = offset + 2 * n - 1
    while pair > offset + 1 and _newer(order, time, value, words, pair - 2, texts, arena):
        words[pair], words[pair + 1] = words[pair - 2], words[pair - 1]
        pair -= 2
    words[pair], words[pair + 1] = time, value


@kernel
def _newer(order: int, time: int, value: int, words: Ints, pair: int, texts: Ints, arena: Bytes) -> Word:
    return time > words[pair] or (time == words[pair] and less(order, words[pair + 1], value, texts, arena))
