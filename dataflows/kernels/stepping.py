"""The window algebra over a shard: apply a batch, emit what it touched, advance the clock.

Every function that can emit returns False when the output is full; the caller makes room and calls `step`
again, which goes on where the cursor stands.
"""

import numpy as np
from numba import njit

from dataflows.kernels.cells import allocate
from dataflows.kernels.folding import boundary_of, emit, empty, longest, settle, tail_of
from dataflows.kernels.index import forget, slot_of
from dataflows.kernels.partials import put
from dataflows.kernels.places import (
    AS_OF,
    BATCH,
    BYTES,
    CLOCK_STAGE,
    DONE,
    DUE,
    EMITTED,
    FLOOR,
    FREE_ROW,
    FREE_TILES,
    HASH,
    HEADS,
    HOP,
    LATE,
    LENGTH,
    LIVE,
    NEVER,
    NEXT,
    NEXT_DUE,
    NONE,
    NUMBER,
    POSITION,
    ROWS,
    ROWS_STAGE,
    SEQ,
    STAGE,
    STAMP,
    START,
    TOUCHED,
    TOUCHED_STAGE,
    U_LANE,
    U_MONOID,
    U_ORDER,
    U_PARAMETER,
    U_TABLE,
    U_VALUE,
    U_WORD,
    WASTE,
    WIDTH,
    WORDS,
)
from dataflows.kernels.sketches import put_in_bin, put_in_register, see
from dataflows.kernels.strings import copy_bytes
from dataflows.monoids import Monoid

SEEN, BINS, REGISTERS = Monoid.SEEN.value, Monoid.BINS.value, Monoid.REGISTERS.value


@njit(cache=True)
def step(state, program, scratch, batch, clock, out):
    """Applies a batch, emits one row per touched entity, then every boundary up to `clock` (ms)."""
    if out.cursor[STAGE] == ROWS_STAGE and _apply_rows(state, program, scratch, batch, clock, out):
        out.cursor[STAGE], out.cursor[POSITION] = TOUCHED_STAGE, 0
    if out.cursor[STAGE] == TOUCHED_STAGE and _emit_touched(state, program, scratch, out):
        out.cursor[STAGE], out.cursor[POSITION] = CLOCK_STAGE, 0
    if out.cursor[STAGE] == CLOCK_STAGE and _cross_until(state, program, scratch, clock, out):
        out.cursor[STAGE] = DONE


@njit(cache=True)
def emit_all(state, program, scratch, out):
    """Emits the row of every entity as it stands; the cursor tells how far it came."""
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            if _full(out):
                out.cursor[POSITION] = entity
                return
            emit(state, program, scratch, entity, 0, out)
    out.cursor[STAGE] = DONE


@njit(cache=True)
def _full(out):
    return out.cursor[EMITTED] == out.rows.shape[0]


@njit(cache=True)
def _apply_rows(state, program, scratch, batch, clock, out):
    for row in range(out.cursor[POSITION], batch.times.shape[0]):
        if not _apply_row(state, program, scratch, batch, row, clock, out):
            out.cursor[POSITION] = row
            return False
    return True


@njit(cache=True)
def _apply_row(state, program, scratch, batch, row, clock, out):
    start, time = batch.offsets[row], batch.times[row]
    length = batch.offsets[row + 1] - start
    slot = slot_of(state.slots, state.entities, state.ids, batch.hashes[row], batch.ids, start, length)
    entity = state.slots[slot]
    limit = max(clock, state.meta[FLOOR] if entity == NONE else state.entities[entity, AS_OF])
    if not _retained(program, batch, row, time, limit):
        out.late[out.cursor[LATE]] = row
        out.cursor[LATE] += 1
        return True
    if entity == NONE:
        entity = enter(state, slot, batch.hashes[row], batch.ids, start, length)
    if not _cross_boundaries(state, program, scratch, entity, time, out):
        return False
    _update(state, program, batch, row, entity, time, limit)
    _touch(state, entity, time, out)
    return True


@njit(cache=True)
def _retained(program, batch, row, time, limit):
    for update in range(program.updates.shape[0]):
        if batch.lanes[row, program.updates[update, U_LANE]]:
            table = program.updates[update, U_TABLE]
            if _in_reach(program, table, time, limit):
                return True
    return False


@njit(cache=True)
def _in_reach(program, table, time, limit):
    hop = program.tables[table, HOP]
    return hop == 0 or time // hop >= tail_of(limit, longest(program.tables, table), hop)


@njit(cache=True)
def enter(state, slot, hash_, ids, start, length):
    entity = state.meta[FREE_ROW]
    if entity == NONE:
        entity = state.meta[ROWS]
        state.meta[ROWS] += 1
    else:
        state.meta[FREE_ROW] = state.entities[entity, START]
    state.entities[entity, HASH], state.entities[entity, LENGTH] = hash_, length
    state.entities[entity, START] = state.meta[BYTES]
    state.meta[BYTES] = copy_bytes(ids, start, start + length, state.ids, state.meta[BYTES])
    state.entities[entity, AS_OF], state.entities[entity, DUE] = state.meta[FLOOR], NEVER
    state.entities[entity, SEQ], state.entities[entity, STAMP] = 0, NONE
    state.entities[entity, HEADS:] = NONE
    state.slots[slot] = entity
    state.meta[LIVE] += 1
    return entity


@njit(cache=True)
def _leave(state, entity):
    start, length = state.entities[entity, START], state.entities[entity, LENGTH]
    slot = slot_of(
        state.slots, state.entities, state.ids, state.entities[entity, HASH], state.ids, start, length
    )
    forget(state.slots, state.entities, slot)
    state.meta[WASTE] += length
    state.meta[FLOOR] = max(state.meta[FLOOR], state.entities[entity, AS_OF])
    state.entities[entity, LENGTH], state.entities[entity, START] = NONE, state.meta[FREE_ROW]
    state.meta[FREE_ROW] = entity
    state.meta[LIVE] -= 1


@njit(cache=True)
def _cross_boundaries(state, program, scratch, entity, time, out):
    while state.entities[entity, DUE] <= time:
        if _full(out):
            return False
        state.entities[entity, AS_OF] = state.entities[entity, DUE]
        settle(state, program, entity)
        emit(state, program, scratch, entity, 0, out)
    return True


@njit(cache=True)
def _update(state, program, batch, row, entity, time, limit):
    table, tile = NONE, NONE
    for i in range(program.updates.shape[0]):
        update = program.updates[i]
        if batch.lanes[row, update[U_LANE]]:
            if update[U_TABLE] != table:
                table = update[U_TABLE]
                tile = NONE
                if _in_reach(program, table, time, limit):
                    tile = _tile(state, program, table, entity, time)
            if tile != NONE:
                value = batch.values[row, update[U_VALUE]] if update[U_VALUE] != NONE else 0
                _put(state, update, program.parameters[update[U_PARAMETER]], tile, entity, time, value)


@njit(cache=True)
def _tile(state, program, table, entity, time):
    hop = program.tables[table, HOP]
    number = 0 if hop == 0 else time // hop
    at, newer = state.entities[entity, HEADS + table], NONE
    while at != NONE and state.heap[at + NUMBER] > number:
        newer, at = at, state.heap[at + NEXT]
    if at != NONE and state.heap[at + NUMBER] == number:
        return at
    return _new_tile(state, program, table, entity, number, newer, at, time)


@njit(cache=True)
def _new_tile(state, program, table, entity, number, newer, older, time):
    width = program.tables[table, WIDTH]
    tile = allocate(state.heap, state.meta, FREE_TILES + table, width)
    state.heap[tile + NUMBER], state.heap[tile + NEXT] = number, older
    state.heap[tile + WORDS : tile + width] = program.templates[table, WORDS:width]
    if newer == NONE:
        state.entities[entity, HEADS + table] = tile
    else:
        state.heap[newer + NEXT] = tile
    as_of = max(state.entities[entity, AS_OF], time + 1)
    due = min(state.entities[entity, DUE], boundary_of(number, as_of, program.tables, table))
    state.entities[entity, DUE] = due
    state.meta[NEXT_DUE] = min(state.meta[NEXT_DUE], due)
    return tile


@njit(cache=True)
def _put(state, update, parameter, tile, entity, time, value):
    monoid, order, word = update[U_MONOID], update[U_ORDER], update[U_WORD]
    if monoid == SEEN:
        see(state.cells, state.heap, state.meta, tile, word, entity, value)
    elif monoid == BINS:
        put_in_bin(state.cells, state.heap, state.meta, tile, word, order, value, parameter)
    elif monoid == REGISTERS:
        put_in_register(
            state.cells, state.heap, state.meta, tile, word, order, value, int(parameter), state.texts
        )
    else:
        k = int(parameter)
        put(monoid, order, state.heap, tile + word, time, value, k, state.texts, state.text_bytes)


@njit(cache=True)
def _touch(state, entity, time, out):
    state.entities[entity, AS_OF] = max(state.entities[entity, AS_OF], time + 1)
    state.entities[entity, SEQ] += 1
    if state.entities[entity, STAMP] != state.meta[BATCH]:
        state.entities[entity, STAMP] = state.meta[BATCH]
        out.touched[out.cursor[TOUCHED]] = entity
        out.cursor[TOUCHED] += 1


@njit(cache=True)
def _emit_touched(state, program, scratch, out):
    for i in range(out.cursor[POSITION], out.cursor[TOUCHED]):
        if _full(out):
            out.cursor[POSITION] = i
            return False
        settle(state, program, out.touched[i])
        emit(state, program, scratch, out.touched[i], 0, out)
    return True


@njit(cache=True)
def _cross_until(state, program, scratch, clock, out):
    if state.meta[NEXT_DUE] > clock:
        return True
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        while state.entities[entity, LENGTH] != NONE and state.entities[entity, DUE] <= clock:
            if _full(out):
                out.cursor[POSITION] = entity
                return False
            state.entities[entity, AS_OF] = state.entities[entity, DUE]
            settle(state, program, entity)
            gone = empty(state, program, entity)
            emit(state, program, scratch, entity, np.int64(gone), out)
            if gone:
                _leave(state, entity)
    state.meta[NEXT_DUE] = _next_due(state)
    return True


@njit(cache=True)
def _next_due(state):
    due = NEVER
    for entity in range(state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            due = min(due, state.entities[entity, DUE])
    return due
