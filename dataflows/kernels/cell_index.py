"""Indexes cells, the sparse parts of sketches and sets, by (owner, key), and chains them from their tile.

An owner is a tile or an entity row combined with the partial's word, so one index serves all of them.
"""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Ints, Slots, Word
from dataflows.kernels.offsets import CELL, CELLS, FREE_CELL, HEAP, KEY, NEXT, NONE, OWNER, PREVIOUS, VALUE
from dataflows.kernels.strings.arrow_strings import mixed

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@kernel
def allocate(heap: Ints, meta: Ints, free: int, width: int) -> Word:
    """Allocates a record of `width` words: the last freed one of its kind, or new words of the heap."""
    record = meta[free]
    if record == NONE:
        record = meta[HEAP]
        meta[HEAP] += width
    else:
        meta[free] = heap[record + NEXT]
    return record


@kernel
def release(heap: Ints, meta: Ints, free: int, record: int) -> None:
    """Returns a record to its free list."""
    heap[record + NEXT] = meta[free]
    meta[free] = record


@kernel
def owner_of(tile: int, word: int) -> Word:
    """Returns the owner id of a partial's cells in one tile; `word` is below 65,536."""
    return tile << 16 | word


@kernel
def owner_over(entity: int, table: int, word: int) -> Word:
    """Returns the owner id of a partial's cells over all tiles of an entity's table; negative, unlike a tile's."""
    return ~(entity << 32 | table << 16 | word)


@kernel
def _home(owner: int, key: int, mask: int) -> Word:
    return mixed(np.int64(owner).view(np.uint64) * _SPREAD ^ np.int64(key).view(np.uint64)) & mask


@kernel
def cell_slot(cells: Slots, heap: Ints, owner: int, key: int) -> Word:
    """Returns the slot of a cell, or the free slot for it."""
    mask = cells.shape[0] - 1
    slot = _home(owner, key, mask)
    while cells[slot] != NONE and (heap[cells[slot] + OWNER] != owner or heap[cells[slot] + KEY] != key):
        slot = (slot + 1) & mask
    return slot


@kernel
def add_cell(cells: Slots, slot: int, heap: Ints, meta: Ints, owner: int, key: int, value: int, head: int) -> Word:
    """Adds a cell at the head of a chain; `head` is the heap position that refers to the chain's first cell."""
    cell = allocate(heap, meta, FREE_CELL, CELL)
    heap[cell + OWNER], heap[cell + KEY], heap[cell + VALUE] = owner, key, value
    cells[slot] = cell
    meta[CELLS] += 1
    link(heap, cell, head)
    return cell


@kernel
def link(heap: Ints, cell: int, head: int) -> None:
    """Puts a cell at the head of a chain."""
    first = heap[head]
    heap[cell + NEXT], heap[cell + PREVIOUS] = first, NONE
    if first != NONE:
        heap[first + PREVIOUS] = cell
    heap[head] = cell


@kernel
def unlink(heap: Ints, cell: int, head: int) -> None:
    """Removes a cell from its chain."""
    before, after = heap[cell + PREVIOUS], heap[cell + NEXT]
    if before == NONE:
        heap[head] = after
    else:
        heap[before + NEXT] = after
    if after != NONE:
        heap[after + PREVIOUS] = before


@kernel
def drop_chain(cells: Slots, heap: Ints, meta: Ints, first: int) -> None:
    """Removes every cell of a chain from the index and frees it."""
    while first != NONE:
        after = heap[first + NEXT]
        _forget(cells, heap, cell_slot(cells, heap, heap[first + OWNER], heap[first + KEY]))
        release(heap, meta, FREE_CELL, first)
        meta[CELLS] -= 1
        first = after


@kernel
def _forget(cells: Slots, heap: Ints, slot: int) -> None:
    mask = cells.shape[0] - 1
    hole = slot
    slot = (slot + 1) & mask
    while cells[slot] != NONE:
        home = _home(heap[cells[slot] + OWNER], heap[cells[slot] + KEY], mask)
        if (slot - home) & mask >= (slot - hole) & mask:
            cells[hole] = cells[slot]
            hole = slot
        slot = (slot + 1) & mask
    cells[hole] = NONE


@kernel
def reindex_cells(old: Slots, new: Slots, heap: Ints) -> None:
    """Moves all cells of an index into an empty one."""
    for i in range(old.shape[0]):
        if old[i] != NONE:
            cell = old[i]
            new[cell_slot(new, heap, heap[cell + OWNER], heap[cell + KEY])] = cell
