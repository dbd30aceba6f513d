"""Partials with cells: exact sets (SEEN), DDSketch bins (BINS) and HyperLogLog registers (REGISTERS)."""

import math

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Ints, Scratch, Slots, Word
from dataflows.kernels.cell_index import add_cell, cell_slot, link, owner_of, unlink
from dataflows.kernels.offsets import HASH, KEY, NEXT, NONE, NUMBER, VALUE
from dataflows.kernels.opcodes import PartialOp
from dataflows.kernels.partials import REAL, TEXT, real
from dataflows.kernels.strings.arrow_strings import mixed
from reports import ertl_estimator

SEEN, BINS, REGISTERS = PartialOp.SEEN.value, PartialOp.BINS.value, PartialOp.REGISTERS.value

SMALLEST = 1e-12
"""Magnitudes below this share the bin of zero."""
LARGEST = 709.782712893384
"""Logarithm of the largest double, rounded down."""
MIDDLE = 80_000
"""The bin of zero: bins of positive values follow it, bins of negative values precede it symmetrically."""
BINS_SPAN = 2 * MIDDLE + 1
REGISTERS_SPAN = 1 << 16
RANKS_SPAN = 66

_sigma, _tau = kernel(ertl_estimator.sigma), kernel(ertl_estimator.tau)


@kernel
def see(cells: Slots, heap: Ints, meta: Ints, owner: int, tile: int, word: int, value: int) -> None:
    """Records that a value was seen in a tile; each value of an entity counts only in its newest tile."""
    slot = cell_slot(cells, heap, owner, value)
    cell: Word = cells[slot]
    if cell == NONE:
        add_cell(cells, slot, heap, meta, owner, value, tile, tile + word + 1)
    elif heap[heap[cell + VALUE] + NUMBER] < heap[tile + NUMBER]:
        old = heap[cell + VALUE]
        heap[old + word] -= 1
        unlink(heap, cell, old + word + 1)
        heap[cell + VALUE] = tile
        link(heap, cell, tile + word + 1)
    else:
        return
    heap[tile + word] += 1


@kernel
def raise_cell(cells: Slots, heap: Ints, meta: Ints, tile: int, word: int, key: int, value: int, adds: bool) -> None:
    """Adds to the cell of a key, or raises it to at least a value."""
    owner = owner_of(tile, word)
    slot = cell_slot(cells, heap, owner, key)
    cell: Word = cells[slot]
    if cell == NONE:
        add_cell(cells, slot, heap, meta, owner, key, value, tile + word)
    elif adds:
        heap[cell + VALUE] += value
    else:
        heap[cell + VALUE] = max(heap[cell + VALUE], value)


@kernel
def bin_of(number: float, log_gamma: float) -> Word:
    """Returns the DDSketch bin of a number; a larger number never has a smaller bin."""
    if abs(number) < SMALLEST:
        return MIDDLE
    step = np.int64(math.ceil((math.log(abs(number)) - math.log(SMALLEST)) / log_gamma)) + 1
    return MIDDLE + step if number > 0 else MIDDLE - step


@kernel
def number_of(bin_: int, log_gamma: float) -> float:
    """Returns the number that represents a bin, within the relative error of the sketch for every value in it."""
    if bin_ == MIDDLE:
        return 0.0
    upper = math.log(SMALLEST) + (abs(bin_ - MIDDLE) - 1) * log_gamma
    middle = upper + math.log(2.0 / (math.exp(log_gamma) + 1.0))
    return math.copysign(math.exp(min(middle, LARGEST)), bin_ - MIDDLE)


@kernel
def put_in_bin(
    cells: Slots,
    heap: Ints,
    meta: Ints,
    tile: int,
    word: int,
    order: int,
    value: int,
    log_gamma: float,
) -> None:
    """Counts a number in its bin."""
    number = real(value) if order == REAL else np.float64(value)
    raise_cell(cells, heap, meta, tile, word, bin_of(number, log_gamma), 1, True)


@kernel
def quantile_of(
    heap: Ints,
    tile: int,
    hop: int,
    since: int,
    word: int,
    log_gamma: float,
    asked: float,
    bins: Ints,
) -> float:
    """Returns the value of rank floor(asked * (n - 1)) over the bins of the tiles that end after `since` (ms); NaN if
    empty.

    `bins` (int64, all zero) is scratch and is left all zero.
    """
    n, low, high = 0, BINS_SPAN, -1
    while tile != NONE and (heap[tile + NUMBER] + 1) * hop > since:
        cell = heap[tile + word]
        while cell != NONE:
            bins[heap[cell + KEY]] += heap[cell + VALUE]
            n += heap[cell + VALUE]
            low, high = min(low, heap[cell + KEY]), max(high, heap[cell + KEY])
            cell = heap[cell + NEXT]
        tile = heap[tile + NEXT]
    return number_of(_drain_to_rank(bins, low, high, math.floor(asked * (n - 1))), log_gamma) if n else np.nan


@kernel
def _drain_to_rank(bins: Ints, low: int, high: int, rank: int) -> Word:
    bin_at_rank, before = NONE, 0
    for bin_ in range(low, high + 1):
        before += bins[bin_]
        if bin_at_rank == NONE and before > rank:
            bin_at_rank = bin_
        bins[bin_] = 0
    return bin_at_rank


@kernel
def put_in_register(
    cells: Slots,
    heap: Ints,
    meta: Ints,
    tile: int,
    word: int,
    order: int,
    value: int,
    precision: int,
    texts: Ints,
) -> None:
    """Raises the HyperLogLog register of a value."""
    hash_ = texts[value, HASH] if order == TEXT else mixed(np.int64(value).view(np.uint64))
    unsigned = np.int64(hash_).view(np.uint64)
    register = np.int64(unsigned >> np.uint64(64 - precision))
    pattern = unsigned << np.uint64(precision)
    rank = 1
    while rank <= 64 - precision and pattern >> np.uint64(63) == np.uint64(0):
        pattern <<= np.uint64(1)
        rank += 1
    raise_cell(cells, heap, meta, tile, word, int(register), rank, False)


@kernel
def cardinality_of(heap: Ints, tile: int, hop: int, since: int, word: int, precision: int, scratch: Scratch) -> float:
    """Estimates the number of distinct values over the tiles that end after `since` (Ertl 2017, algorithm 6)."""
    count, registers = 1 << precision, scratch.registers
    for register in range(count):
        registers[register] = 0
    while tile != NONE and (heap[tile + NUMBER] + 1) * hop > since:
        cell = heap[tile + word]
        while cell != NONE:
            register = heap[cell + KEY]
            registers[register] = max(registers[register], heap[cell + VALUE])
            cell = heap[cell + NEXT]
        tile = heap[tile + NEXT]
    return _estimate(registers, count, 64 - precision, scratch.ranked)


@kernel
def _estimate(registers: Bytes, count: int, ranks: int, ranked: Ints) -> float:
    for rank in range(ranks + 2):
        ranked[rank] = 0
    for register in range(count):
        ranked[registers[register]] += 1
    if ranked[0] == count:
        return 0.0
    z = count * _tau(1.0 - ranked[ranks + 1] / count)
    for rank in range(ranks, 0, -1):
        z = 0.5 * (z + ranked[rank])
    z += count * _sigma(ranked[0] / count)
    return count * count / (2.0 * math.log(2.0) * z)
