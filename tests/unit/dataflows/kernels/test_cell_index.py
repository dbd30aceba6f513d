"""Tests cells against dictionaries of lists, in an index that is nearly full."""

import numpy as np
import pytest

from dataflows.kernels.cell_index import (
    add_cell,
    allocate,
    cell_slot,
    drop_chain,
    link,
    owner_of,
    reindex_cells,
    release,
    unlink,
)
from dataflows.kernels.offsets import CELL, CELLS, FREE_CELL, FREE_TILES, HEAP, KEY, NEXT, NONE, OWNER, PREVIOUS, VALUE
from tests.support.generators.seeds import rng_of, seeds

SLOTS, CHAINS, MOST = 64, 5, 56
Cell = tuple[int, int]


class Cells:
    """Cells whose chains begin in the first words of the heap, beside a model of them."""

    def __init__(self) -> None:
        self.index = np.full(SLOTS, NONE, np.int32)
        self.heap = np.full(CHAINS + 400 * CELL, -99, np.int64)
        self.heap[:CHAINS] = NONE
        self.meta = np.zeros(FREE_TILES, np.int64)
        self.meta[HEAP], self.meta[FREE_CELL] = CHAINS, NONE
        self.chains: list[list[Cell]] = [[] for _ in range(CHAINS)]
        self.values: dict[Cell, int] = {}

    def find(self, cell: Cell) -> int:
        """Returns where a cell is in the heap, or NONE."""
        return int(self.index[cell_slot(self.index, self.heap, *cell)])

    def add(self, cell: Cell, value: int, chain: int) -> None:
        slot = cell_slot(self.index, self.heap, *cell)
        offset = add_cell(self.index, slot, self.heap, self.meta, *cell, value, chain)
        assert self.find(cell) == offset
        self.chains[chain].insert(0, cell)
        self.values[cell] = value

    def move(self, cell: Cell, chain: int) -> None:
        """Moves a cell to the head of another chain, or of its own."""
        own = next(number for number, cells in enumerate(self.chains) if cell in cells)
        offset = self.find(cell)
        unlink(self.heap, offset, own)
        link(self.heap, offset, chain)
        self.chains[own].remove(cell)
        self.chains[chain].insert(0, cell)

    def drop(self, chain: int) -> None:
        drop_chain(self.index, self.heap, self.meta, int(self.heap[chain]))
        self.heap[chain] = NONE
        for cell in self.chains[chain]:
            del self.values[cell]
        self.chains[chain].clear()

    def chain(self, chain: int) -> list[Cell]:
        """Returns the cells of a chain as the heap has them; checks their backward links on the way."""
        cells, before, offset = list[Cell](), NONE, int(self.heap[chain])
        while offset != NONE:
            assert self.heap[offset + PREVIOUS] == before
            cells.append((int(self.heap[offset + OWNER]), int(self.heap[offset + KEY])))
            before, offset = offset, int(self.heap[offset + NEXT])
        return cells

    def check(self, cells: list[Cell]) -> None:
        """Checks every chain, and the lookup of every possible cell."""
        assert [self.chain(chain) for chain in range(CHAINS)] == self.chains
        for cell in cells:
            offset = self.find(cell)
            assert (offset != NONE) == (cell in self.values), cell
            assert offset == NONE or self.heap[offset + VALUE] == self.values[cell]
        assert self.meta[CELLS] == np.count_nonzero(self.index != NONE) == len(self.values)


@pytest.mark.parametrize("seed", seeds(5))
def test_cells_are_those_of_a_dictionary(seed: int) -> None:
    rng, cells, most = rng_of(seed), Cells(), 0
    possible = [(int(owner), int(key)) for owner in (0, 1, 2**40 + 7) for key in (*range(-1, 30), 2**62, -(2**63))]
    for _ in range(300):
        cell, chain = possible[rng.integers(len(possible))], int(rng.integers(CHAINS))
        if cell in cells.values:
            cells.move(cell, chain)
        elif len(cells.values) < MOST:
            cells.add(cell, int(rng.integers(-5, 5)), chain)
        if rng.random() < 0.03:
            cells.drop(chain)
        cells.check(possible)
        most = max(most, len(cells.values))
    assert most > SLOTS // 2, "the index was never crowded"
    assert cells.meta[HEAP] == CHAINS + CELL * most, "freed cells are used again before the heap grows"


@pytest.mark.parametrize("seed", seeds(3))
def test_another_index_finds_the_same_cells(seed: int) -> None:
    rng, cells = rng_of(seed), Cells()
    possible = [(owner, key) for owner in range(10) for key in range(10)]
    for place in rng.permutation(100)[:MOST].tolist():
        cells.add(possible[place], place, place % CHAINS)
    for slots in (256, MOST + 1, SLOTS):
        size = 1 << (slots - 1).bit_length()
        fresh = np.full(size, NONE, np.int32)
        reindex_cells(cells.index, fresh, cells.heap)
        cells.index = fresh
        cells.check(possible)


def test_the_owner_tells_a_tile_and_a_word() -> None:
    pairs = [(number, word) for number in (0, 1, 65_535, 2**40) for word in (0, 1, 2, 65_535)]
    assert len({owner_of(*pair) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize("seed", seeds(3))
def test_records_are_never_given_out_twice(seed: int) -> None:
    rng, width = rng_of(seed), 4
    heap, meta = np.empty(4_000, np.int64), np.zeros(FREE_TILES + 1, np.int64)
    meta[FREE_TILES] = NONE
    used, most = set[int](), 0
    for _ in range(500):
        if used and rng.random() < 0.45:
            freed = int(rng.choice(sorted(used)))
            release(heap, meta, FREE_TILES, freed)
            used.remove(freed)
        else:
            offset = allocate(heap, meta, FREE_TILES, width)
            assert offset % width == 0
            assert offset not in used
            heap[offset : offset + width] = -7
            used.add(offset)
        most = max(most, len(used))
    assert meta[HEAP] == most * width
