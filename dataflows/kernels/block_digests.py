"""Computes fingerprints of the blocks of an array, which show which parts of a shard have changed."""

from typing import Any

import numpy as np
import numpy.typing as npt

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Bytes, Ints, Word
from dataflows.kernels.strings.arrow_strings import mixed

BLOCK = 128
"""Size of a block (bytes), about one tile, so that a delta holds little besides the changes. A fingerprint takes 8
bytes."""
WORDS = BLOCK // 8
_SEEDS = tuple(np.uint64(0x9E3779B97F4A7C15 >> turn) for turn in range(4))
_PRIME = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


@inlined
def stirred(mark: Any, word: Any) -> Word:
    """Mixes a word into a fingerprint."""
    mark = (mark ^ word) * _PRIME
    return mark ^ (mark >> _SHIFT)


@kernel
def fingerprint(words: npt.NDArray[np.uint64], tail: Bytes, prints: Ints) -> None:
    """Writes a 64-bit fingerprint per block into `prints`, over `words` and the up to seven trailing bytes `tail`."""
    for block in range(prints.shape[0]):
        start, end = block * WORDS, min((block + 1) * WORDS, words.shape[0])
        fours = start + (end - start) // 4 * 4
        a, b, c, d = _SEEDS  # four lanes at a time: each depends on its own last step only
        for index in range(start, fours, 4):
            a, b = stirred(a, words[index]), stirred(b, words[index + 1])
            c, d = stirred(c, words[index + 2]), stirred(d, words[index + 3])
        mark = stirred(stirred(stirred(a, b), c), d)
        for index in range(fours, end):
            mark = stirred(mark, words[index])
        if block == prints.shape[0] - 1:
            for index in range(tail.shape[0]):
                mark = stirred(mark, np.uint64(tail[index]))
        prints[block] = mixed(mark)


def prints_of(array: npt.NDArray[Any]) -> Ints:
    """Returns the fingerprint of each block of a contiguous array."""
    data = array.reshape(-1).view(np.uint8)
    aligned = len(data) // 8 * 8
    prints = np.empty(-(-len(data) // BLOCK), np.int64)
    fingerprint(data[:aligned].view(np.uint64), data[aligned:], prints)
    return prints
