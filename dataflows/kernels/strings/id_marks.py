"""A table of id hashes with marks: bits that are counted exactly where there are too many rows to hold.

`slots` hold hashes (0: the slot is free), `marks` the bits of each hash, `counts` the number of hashes with each bit.
"""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Ints, Word

_ONE = np.uint64(1)
FREE = 0


@kernel
def note_marks(slots: Ints, marks: Ints, counts: Ints, hashes: Ints, words: Ints) -> Word:
    """Replaces the marks of each hash by `words`, in row order; returns the number of new hashes."""
    new = 0
    for row in range(hashes.shape[0]):
        slot = _slot_of(slots, hashes[row])
        if slots[slot] == FREE:
            slots[slot] = hashes[row]
            new += 1
        for word in range(words.shape[1]):
            _replace(marks, counts, slot, word, words[row, word])
    return new


@kernel
def move_marks(slots: Ints, marks: Ints, larger: Ints, larger_marks: Ints) -> None:
    """Moves all hashes into a larger table."""
    for slot in range(slots.shape[0]):
        if slots[slot] != FREE:
            place = _slot_of(larger, slots[slot])
            larger[place] = slots[slot]
            for word in range(marks.shape[1]):
                larger_marks[place, word] = marks[slot, word]


@kernel
def leading_zeros(hashes: Ints, zeros: Ints) -> None:
    """Writes the number of leading zero bits of each hash into `zeros`."""
    for row in range(hashes.shape[0]):
        word, many = np.uint64(hashes[row]), 0
        while many < 64 and not (word >> np.uint64(63 - many)) & _ONE:
            many += 1
        zeros[row] = many


@kernel
def _slot_of(slots: Ints, hash_: int) -> Word:
    mask = slots.shape[0] - 1
    slot = hash_ & mask
    while slots[slot] != FREE and slots[slot] != hash_:
        slot = (slot + 1) & mask
    return slot


@kernel
def _replace(marks: Ints, counts: Ints, slot: int, word: int, after: int) -> None:
    before = marks[slot, word]
    if before == after:
        return
    marks[slot, word] = after
    for bit in range(64):
        counts[64 * word + bit] += (after >> bit & 1) - (before >> bit & 1)
