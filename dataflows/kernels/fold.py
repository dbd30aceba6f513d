"""Folds tiles into the row of an entity, frees the tiles that no window needs, and computes when the row next changes.

A tile is in a window at time t while its end plus the window is later than t; that sum is the boundary at which it
leaves. (This equals `number >= floor((t - window) / hop)`, without a division.)
"""

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Ints, KernelProgram, Scratch, State, StepOutput, Word
from dataflows.kernels.cell_index import drop_chain, release
from dataflows.kernels.offsets import (
    AS_OF,
    DUE,
    EMITTED,
    F_ASKS,
    F_OP,
    F_ORDER,
    F_OUT,
    F_PARAMETER,
    F_TABLE,
    F_WIDTH,
    F_WINDOW,
    F_WORD,
    FIRST_FOLD,
    FREE_TILES,
    GONE,
    HEADS,
    HOP,
    LAST_FOLD,
    LENGTH,
    NEVER,
    NEXT,
    NONE,
    NUMBER,
    OUT_AS_OF,
    OUT_GONE,
    OUT_LENGTH,
    OUT_SEQ,
    OUT_START,
    OUT_WORDS,
    SEQ,
    START,
    WINDOW_COUNT,
    WINDOWS,
)
from dataflows.kernels.partials import bits, merge
from dataflows.kernels.sketches import BINS, cardinality_of, quantile_of


@inlined
def width_of(program: KernelProgram) -> Word:
    """Returns the number of words of an emitted row."""
    return OUT_WORDS + program.blank.shape[0]


@inlined
def longest(tables: Ints, table: int) -> Word:
    """Returns the longest window over a table (ms)."""
    return tables[table, WINDOWS + tables[table, WINDOW_COUNT] - 1]


@inlined
def leaves_at(end: int, as_of: int, tables: Ints, table: int) -> Word:
    """Returns when a tile that ends at `end` next leaves a window after `as_of`; NONE if it is in no window."""
    for window in range(WINDOWS, WINDOWS + tables[table, WINDOW_COUNT]):
        if end + tables[table, window] > as_of:
            return end + tables[table, window]
    return NONE


@inlined
def empty(state: State, program: KernelProgram, entity: int) -> bool:
    """Returns whether an entity has no tiles."""
    for table in range(program.tables.shape[0]):
        if state.entities[entity, HEADS + table] != NONE:
            return False
    return True


@kernel
def emit(state: State, program: KernelProgram, scratch: Scratch, entity: int, out: StepOutput) -> None:
    """Writes the entity's row at its `as_of`, frees the tiles that no window needs and records its next boundary."""
    row = _begin_row(state, program, entity, out)
    for word in range(program.blank.shape[0]):
        out.rows[row + OUT_WORDS + word] = program.blank[word]
    for table in range(program.tables.shape[0]):
        _fold_table(state, program, scratch, entity, table, out.rows, row + OUT_WORDS)
    _end_row(state, program, scratch, entity, out)


@kernel
def emit_next(state: State, program: KernelProgram, scratch: Scratch, entity: int, out: StepOutput) -> None:
    """Writes the entity's next row after a boundary without events: refolds only the tables that a tile has left."""
    row, width = _begin_row(state, program, entity, out), width_of(program)
    for word in range(row + OUT_WORDS, row + width):
        out.rows[word] = out.rows[word - width]
    for table in range(program.tables.shape[0]):
        if scratch.dues[table] <= state.entities[entity, AS_OF]:
            for fold in range(program.tables[table, FIRST_FOLD], program.tables[table, LAST_FOLD]):
                _blank_words(program, fold, out.rows, row + OUT_WORDS)
            _fold_table(state, program, scratch, entity, table, out.rows, row + OUT_WORDS)
    _end_row(state, program, scratch, entity, out)


@inlined
def _begin_row(state: State, program: KernelProgram, entity: int, out: StepOutput) -> Word:
    row = out.cursor[EMITTED] * width_of(program)
    out.rows[row + OUT_START] = state.entities[entity, START]
    out.rows[row + OUT_LENGTH] = state.entities[entity, LENGTH]
    out.rows[row + OUT_AS_OF] = state.entities[entity, AS_OF]
    out.rows[row + OUT_SEQ] = state.entities[entity, SEQ]
    return row


@inlined
def _end_row(state: State, program: KernelProgram, scratch: Scratch, entity: int, out: StepOutput) -> None:
    row = out.cursor[EMITTED] * width_of(program)
    for sketch in range(program.sketches.shape[0]):
        _fold_sketch(state, program, scratch, entity, sketch, out.rows, row + OUT_WORDS)
    due = NEVER
    for table in range(program.tables.shape[0]):
        due = min(due, scratch.dues[table])
    state.entities[entity, DUE] = due
    out.rows[row + OUT_GONE] = GONE if empty(state, program, entity) else 0
    out.cursor[EMITTED] += 1


@inlined
def _blank_words(program: KernelProgram, fold: int, words: Ints, offset: int) -> None:
    first = program.folds[fold, F_OUT]
    for word in range(first, first + program.folds[fold, F_WIDTH]):
        words[offset + word] = program.blank[word]


@inlined
def _fold_table(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    entity: int,
    table: int,
    words: Ints,
    offset: int,
) -> None:
    heap, tables, as_of = state.heap, program.tables, state.entities[entity, AS_OF]
    tile, newer, due = state.entities[entity, HEADS + table], NONE, NEVER
    while tile != NONE:
        end = (heap[tile + NUMBER] + 1) * tables[table, HOP]
        leaves = leaves_at(end, as_of, tables, table)
        if leaves == NONE:
            _cut(state, program, entity, table, newer, tile)
            break
        due = min(due, leaves)
        _fold_tile(state, program, table, tile, end, as_of, words, offset)
        newer, tile = tile, heap[tile + NEXT]
    scratch.dues[table] = due


@inlined
def _fold_tile(
    state: State,
    program: KernelProgram,
    table: int,
    tile: int,
    end: int,
    as_of: int,
    words: Ints,
    offset: int,
) -> None:
    folds = program.folds
    for fold in range(program.tables[table, FIRST_FOLD], program.tables[table, LAST_FOLD]):
        if end + folds[fold, F_WINDOW] > as_of:
            merge(
                folds[fold, F_OP],
                folds[fold, F_ORDER],
                state.heap,
                tile + folds[fold, F_WORD],
                words,
                offset + folds[fold, F_OUT],
                int(program.parameters[folds[fold, F_PARAMETER]]),
                state.texts,
                state.text_bytes,
            )


@kernel
def _cut(state: State, program: KernelProgram, entity: int, table: int, newer: int, tile: int) -> None:
    """Cuts the chain before a tile; frees it and all older tiles."""
    if newer == NONE:
        state.entities[entity, HEADS + table] = NONE
    else:
        state.heap[newer + NEXT] = NONE
    while tile != NONE:
        older = state.heap[tile + NEXT]
        for chain in range(program.chains.shape[1]):
            if program.chains[table, chain] != NONE:
                first = state.heap[tile + program.chains[table, chain]]
                drop_chain(state.cells, state.heap, state.meta, first)
        release(state.heap, state.meta, FREE_TILES + table, tile)
        tile = older


@kernel
def free_entity(state: State, program: KernelProgram, entity: int) -> None:
    """Frees all tiles of an entity; its row becomes that of an entity without events."""
    for table in range(program.tables.shape[0]):
        first = state.entities[entity, HEADS + table]
        if first != NONE:
            _cut(state, program, entity, table, NONE, first)
    state.entities[entity, DUE], state.entities[entity, SEQ] = NEVER, 0


@kernel
def _fold_sketch(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    entity: int,
    sketch: int,
    words: Ints,
    offset: int,
) -> None:
    sketches, table = program.sketches, program.sketches[sketch, F_TABLE]
    tile, word = state.entities[entity, HEADS + table], sketches[sketch, F_WORD]
    since = state.entities[entity, AS_OF] - sketches[sketch, F_WINDOW]
    parameter, hop = program.parameters[sketches[sketch, F_PARAMETER]], program.tables[table, HOP]
    if sketches[sketch, F_OP] == BINS:
        asked = program.parameters[sketches[sketch, F_ASKS]]
        value = quantile_of(state.heap, tile, hop, since, word, parameter, asked, scratch.bins)
    else:
        value = cardinality_of(state.heap, tile, hop, since, word, int(parameter), scratch)
    words[offset + sketches[sketch, F_OUT]] = bits(value)
