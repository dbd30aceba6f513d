"""From tiles to rows: which tiles an entity still needs, when its row changes next, and the row itself."""

from numba import njit

from dataflows.kernels.cells import drop_chain, release
from dataflows.kernels.partials import bits, merge
from dataflows.kernels.places import (
    ALWAYS,
    AS_OF,
    DUE,
    EMITTED,
    F_ASKS,
    F_MONOID,
    F_ORDER,
    F_OUT,
    F_PARAMETER,
    F_TABLE,
    F_WINDOW,
    F_WORD,
    FREE_TILES,
    HEADS,
    HOP,
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
from dataflows.kernels.sketches import cardinality_of, quantile_of
from dataflows.monoids import Monoid

SEEN, BINS, REGISTERS = Monoid.SEEN.value, Monoid.BINS.value, Monoid.REGISTERS.value


@njit(cache=True)
def tail_of(time, window, hop):
    """Number of the oldest tile that a window ending at `time` still holds; lifetime tiles have hop 0."""
    return ALWAYS if hop == 0 else (time - window) // hop


@njit(cache=True)
def longest(tables, table):
    """The longest window over a table."""
    return tables[table, WINDOWS + tables[table, WINDOW_COUNT] - 1]


@njit(cache=True)
def boundary_of(number, as_of, tables, table):
    """When a tile next leaves one of its table's windows after `as_of`; windows stand in ascending order."""
    hop = tables[table, HOP]
    if hop == 0:
        return NEVER
    for window in range(WINDOWS, WINDOWS + tables[table, WINDOW_COUNT]):
        boundary = (number + 1) * hop + tables[table, window]
        if boundary > as_of:
            return boundary
    return NEVER


@njit(cache=True)
def settle(state, program, entity):
    """Frees the tiles no window needs at the entity's `as_of` and notes when its row changes next."""
    as_of, due = state.entities[entity, AS_OF], NEVER
    for table in range(program.tables.shape[0]):
        tail = tail_of(as_of, longest(program.tables, table), program.tables[table, HOP])
        at, newer = state.entities[entity, HEADS + table], NONE
        while at != NONE and state.heap[at + NUMBER] >= tail:
            due = min(due, boundary_of(state.heap[at + NUMBER], as_of, program.tables, table))
            newer, at = at, state.heap[at + NEXT]
        if at != NONE:
            if newer == NONE:
                state.entities[entity, HEADS + table] = NONE
            else:
                state.heap[newer + NEXT] = NONE
            _free_tiles(state, program, table, at)
    state.entities[entity, DUE] = due


@njit(cache=True)
def _free_tiles(state, program, table, tile):
    while tile != NONE:
        older = state.heap[tile + NEXT]
        for word in program.chains[table]:
            if word != NONE:
                drop_chain(state.cells, state.heap, state.meta, state.heap[tile + word])
        release(state.heap, state.meta, FREE_TILES + table, tile)
        tile = older


@njit(cache=True)
def empty(state, program, entity):
    """Whether no tile is left to an entity."""
    for table in range(program.tables.shape[0]):
        if state.entities[entity, HEADS + table] != NONE:
            return False
    return True


@njit(cache=True)
def emit(state, program, scratch, entity, gone, out):
    """Writes the entity's row at its `as_of`."""
    row = out.rows[out.cursor[EMITTED]]
    row[OUT_START], row[OUT_LENGTH] = state.entities[entity, START], state.entities[entity, LENGTH]
    row[OUT_AS_OF], row[OUT_SEQ] = state.entities[entity, AS_OF], state.entities[entity, SEQ]
    row[OUT_GONE] = gone
    row[OUT_WORDS:] = program.blank
    for fold in range(program.folds.shape[0]):
        _fold(state, program, scratch, entity, program.folds[fold], row)
    out.cursor[EMITTED] += 1


@njit(cache=True)
def _fold(state, program, scratch, entity, fold, row):
    table, monoid, word = fold[F_TABLE], fold[F_MONOID], fold[F_WORD]
    tail = tail_of(state.entities[entity, AS_OF], fold[F_WINDOW], program.tables[table, HOP])
    tile, at = state.entities[entity, HEADS + table], OUT_WORDS + fold[F_OUT]
    parameter = program.parameters[fold[F_PARAMETER]]
    if monoid == SEEN:
        while tile != NONE and state.heap[tile + NUMBER] >= tail:
            row[at] += state.heap[tile + word]
            tile = state.heap[tile + NEXT]
    elif monoid == BINS:
        asked = program.parameters[fold[F_ASKS]]
        row[at] = bits(quantile_of(state.heap, tile, tail, word, parameter, asked, scratch.bins))
    elif monoid == REGISTERS:
        precision = int(parameter)
        row[at] = bits(cardinality_of(state.heap, tile, tail, word, precision, scratch.registers))
    else:
        _merge_tiles(state, tile, tail, word, monoid, fold[F_ORDER], row, at, int(parameter))


@njit(cache=True)
def _merge_tiles(state, tile, tail, word, monoid, order, row, at, k):
    while tile != NONE and state.heap[tile + NUMBER] >= tail:
        merge(monoid, order, state.heap, tile + word, row, at, k, state.texts, state.text_bytes)
        tile = state.heap[tile + NEXT]
