"""Moves a shard into new arrays: of another layout if definitions changed, or of the same layout to compact it.

`copies` are rows of (old table, new table, old word, new word, words, op, order) for the partials that continue;
partials of earlier snapshots are converted to their current form. Texts that nothing refers to are dropped.
"""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Ints, KernelProgram, State, Word
from dataflows.kernels.cell_index import add_cell, allocate, cell_slot, owner_of, owner_over
from dataflows.kernels.entities import enter
from dataflows.kernels.fold import empty
from dataflows.kernels.offsets import (
    AS_OF,
    DUE,
    FLOOR,
    FREE_TILES,
    HASH,
    HEADS,
    KEY,
    LENGTH,
    NEXT,
    NEXT_DUE,
    NONE,
    NUMBER,
    ROWS,
    SEQ,
    START,
    TEXT_BYTES,
    TEXTS,
    VALUE,
    WIDTH,
    WORDS,
)
from dataflows.kernels.opcodes import PartialOp
from dataflows.kernels.partials import FIRST, LAST, LATEST, REAL, SUM, TEXT, bits, real
from dataflows.kernels.sketches import BINS, REGISTERS, SEEN
from dataflows.kernels.strings.arrow_strings import copy_bytes
from dataflows.kernels.strings.hash_index import slot_of

MOMENTS = PartialOp.MOMENTS.value
_LARGEST = np.nextafter(2.0**63, 0.0)
"""The largest double that is a 64-bit integer."""


@kernel
def move(old: State, new: State, program: KernelProgram, copies: Ints, renumbered: Ints) -> None:
    """Moves every entity; `renumbered` (one NONE per old text) maps old texts to new ones.

    Boundaries stay as they are: the boundary of a removed window only repeats a row. An entity without tiles is due at
    once, so that the next advance emits its tombstone.
    """
    new.meta[FLOOR] = old.meta[FLOOR]
    for row in range(old.meta[ROWS]):
        if old.entities[row, LENGTH] != NONE:
            entity = _enter_as(old, row, new)
            for table in range(program.tables.shape[0]):
                _move_table(old, row, new, entity, table, program, copies, renumbered)
            new.entities[entity, DUE] = old.entities[row, DUE]
            if empty(new, program, entity):
                new.entities[entity, DUE] = new.entities[entity, AS_OF]
            new.meta[NEXT_DUE] = min(new.meta[NEXT_DUE], new.entities[entity, DUE])


@kernel
def _enter_as(old: State, row: int, new: State) -> Word:
    hash_, start, length = old.entities[row, HASH], old.entities[row, START], old.entities[row, LENGTH]
    slot = slot_of(new.slots, new.entities, new.ids, hash_, old.ids, start, length)
    entity = enter(new, slot, hash_, old.ids, start, length)
    new.entities[entity, AS_OF], new.entities[entity, SEQ] = old.entities[row, AS_OF], old.entities[row, SEQ]
    return entity


@kernel
def _move_table(
    old: State,
    row: int,
    new: State,
    entity: int,
    table: int,
    program: KernelProgram,
    copies: Ints,
    renumbered: Ints,
) -> None:
    source = NONE
    for copy in range(copies.shape[0]):
        if copies[copy, 1] == table:
            source = copies[copy, 0]
    if source == NONE:
        return
    newer, moved = NONE, old.entities[row, HEADS + source]
    while moved != NONE:
        tile = _blank_tile(new, program, table, old.heap[moved + NUMBER])
        if newer == NONE:
            new.entities[entity, HEADS + table] = tile
        else:
            new.heap[newer + NEXT] = tile
        for copy in range(copies.shape[0]):
            if copies[copy, 1] == table:
                _move_words(old, moved, new, entity, tile, copies, copy, renumbered)
        newer, moved = tile, old.heap[moved + NEXT]


@kernel
def _blank_tile(new: State, program: KernelProgram, table: int, number: int) -> Word:
    width = program.tables[table, WIDTH]
    tile = allocate(new.heap, new.meta, FREE_TILES + table, width)
    new.heap[tile + NUMBER], new.heap[tile + NEXT] = number, NONE
    for word in range(WORDS, width):
        new.heap[tile + word] = program.templates[table, word]
    return tile


@kernel
def _move_words(
    old: State,
    moved: int,
    new: State,
    entity: int,
    tile: int,
    copies: Ints,
    copy: int,
    renumbered: Ints,
) -> None:
    source, word, words = moved + copies[copy, 2], copies[copy, 3], copies[copy, 4]
    op, order, target = copies[copy, 5], copies[copy, 6], tile + word
    if op == SEEN:
        new.heap[target] = old.heap[source]
        owner = owner_over(entity, copies[copy, 1], word)
        _move_cells(old, old.heap[source + 1], new, owner, target + 1, tile, order, renumbered)
    elif op in (BINS, REGISTERS):
        _move_cells(old, old.heap[source], new, owner_of(tile, word), target, NONE, 0, renumbered)
    elif op == SUM and order != REAL:
        new.heap[target], new.heap[target + 1] = old.heap[source], old.heap[source] >> 63
    elif op == MOMENTS:
        _move_moments(old.heap, source, new.heap, target, order)
    else:
        for i in range(words):
            new.heap[target + i] = old.heap[source + i]
        if order == TEXT and op in (FIRST, LAST):
            new.heap[target + 1] = _renumber(old, new, old.heap[source + 1], renumbered)
        elif order == TEXT and op == LATEST:
            for i in range(2, words, 2):
                new.heap[target + i] = _renumber(old, new, old.heap[source + i], renumbered)


@kernel
def _move_moments(old: Ints, source: int, new: Ints, target: int, order: int) -> None:
    """Converts a mean to a value and its distance from it; as a double the mean can exceed the largest integer by
    one."""
    mean = real(old[source + 1])
    new[target], new[target + 1], new[target + 2] = old[source], old[source + 1], 0
    if order != REAL:
        new[target + 1] = np.int64(min(mean, _LARGEST))
        new[target + 2] = bits(mean - np.float64(new[target + 1]))
    new[target + 3] = old[source + 2]


@kernel
def _move_cells(
    old: State,
    cell: int,
    new: State,
    owner: int,
    head: int,
    tile: int,
    order: int,
    renumbered: Ints,
) -> None:
    while cell != NONE:
        key = old.heap[cell + KEY]
        if order == TEXT:
            key = _renumber(old, new, key, renumbered)
        value = old.heap[cell + VALUE] if tile == NONE else tile
        slot = cell_slot(new.cells, new.heap, owner, key)
        add_cell(new.cells, slot, new.heap, new.meta, owner, key, value, head)
        cell = old.heap[cell + NEXT]


@kernel
def _renumber(old: State, new: State, number: int, renumbered: Ints) -> Word:
    if number == NONE:
        return number
    if renumbered[number] == NONE:
        row = new.meta[TEXTS]
        start, length = old.texts[number, START], old.texts[number, LENGTH]
        new.texts[row, HASH], new.texts[row, START] = old.texts[number, HASH], new.meta[TEXT_BYTES]
        new.texts[row, LENGTH] = length
        new.meta[TEXT_BYTES] = copy_bytes(old.text_bytes, start, start + length, new.text_bytes, new.meta[TEXT_BYTES])
        new.meta[TEXTS] += 1
        renumbered[number] = row
    return renumbered[number]
