"""Hash index with open addressing over byte strings: entity ids and interned texts. `slots` hold row numbers or NONE.

Rows are compared by their bytes, not by hash alone: two ids never share an entity.
"""

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Ints, Slots, Word
from dataflows.kernels.offsets import HASH, LENGTH, NONE, START, TEXT_BYTES, TEXTS
from dataflows.kernels.strings.arrow_strings import copy_bytes, hash_bytes, same_bytes


@kernel
def slot_of(slots: Slots, rows: Ints, arena: Bytes, hash_: int, data: Bytes, start: int, length: int) -> Word:
    """Returns the slot with the row of these bytes, or the free slot for it."""
    mask = slots.shape[0] - 1
    slot = hash_ & mask
    while slots[slot] != NONE:
        row = slots[slot]
        if (
            rows[row, HASH] == hash_
            and rows[row, LENGTH] == length
            and same_bytes(arena, rows[row, START], data, start, length)
        ):
            return slot
        slot = (slot + 1) & mask
    return slot


@kernel
def forget(slots: Slots, rows: Ints, slot: int) -> None:
    """Empties a slot and moves the run behind it up, so that no lookup ends early."""
    mask = slots.shape[0] - 1
    hole = slot
    slot = (slot + 1) & mask
    while slots[slot] != NONE:
        home = rows[slots[slot], HASH] & mask
        if (slot - home) & mask >= (slot - hole) & mask:
            slots[hole] = slots[slot]
            hole = slot
        slot = (slot + 1) & mask
    slots[hole] = NONE


@kernel
def reindex(slots: Slots, rows: Ints, count: int) -> None:
    """Fills empty slots with the first `count` rows that are in use (LENGTH is NONE in the others)."""
    mask = slots.shape[0] - 1
    for row in range(count):
        if rows[row, LENGTH] != NONE:
            slot = rows[row, HASH] & mask
            while slots[slot] != NONE:
                slot = (slot + 1) & mask
            slots[slot] = row


@kernel
def intern(
    texts: Ints,
    slots: Slots,
    arena: Bytes,
    meta: Ints,
    offsets: Ints,
    data: Bytes,
    valid: Bytes,
    codes: Ints,
    column: int,
    first: int,
    end: int,
) -> None:
    """Replaces texts first..end by their row numbers in `codes[:, column]`; adds unknown texts to the arena."""
    for i in range(first, end):
        codes[i, column] = NONE
        if valid[i]:
            start, length = offsets[i], offsets[i + 1] - offsets[i]
            hash_ = hash_bytes(data, start, start + length)
            slot = slot_of(slots, texts, arena, hash_, data, start, length)
            if slots[slot] == NONE:
                row = meta[TEXTS]
                texts[row, HASH], texts[row, START], texts[row, LENGTH] = hash_, meta[TEXT_BYTES], length
                meta[TEXT_BYTES] = copy_bytes(data, start, start + length, arena, meta[TEXT_BYTES])
                meta[TEXTS] += 1
                slots[slot] = row
            codes[i, column] = slots[slot]
