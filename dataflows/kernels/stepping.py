"""The window algebra over a shard: apply a batch, emit what it touched, advance the clock.

Every function that can emit returns False when the output is full; the caller makes room and calls `step`
again, which goes on where the cursor stands.
"""

from dataflows.kernels import inlined, kernel
from dataflows.kernels.arrays import Batch, Bytes, Output, Program, Scratch, State, Word
from dataflows.kernels.cells import allocate, owner_over
from dataflows.kernels.folding import emit, emit_next, empty, leaves_at, longest, width_of
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
from dataflows.kernels.sketches import BINS, REGISTERS, SEEN, put_in_bin, put_in_register, see
from dataflows.kernels.strings import copy_bytes


@kernel
def step(
    state: State,
    program: Program,
    scratch: Scratch,
    batch: Batch,
    end: int,
    before: int,
    clock: int,
    out: Output,
) -> None:
    """Applies rows of a batch up to `end`, emits one row per touched entity, then every boundary up to `clock` (ms).

    Events are late or not by the time `before` the batch: a replayed batch may span more than a window.
    """
    if out.cursor[STAGE] == ROWS_STAGE and _apply_rows(state, program, scratch, batch, end, before, out):
        out.cursor[STAGE], out.cursor[POSITION] = TOUCHED_STAGE, 0
    if out.cursor[STAGE] == TOUCHED_STAGE and _emit_touched(state, program, scratch, out):
        out.cursor[STAGE], out.cursor[POSITION] = CLOCK_STAGE, 0
    if out.cursor[STAGE] == CLOCK_STAGE and _cross_until(state, program, scratch, clock, out):
        out.cursor[STAGE] = DONE


@kernel
def emit_all(state: State, program: Program, scratch: Scratch, out: Output) -> None:
    """Emits the row of every entity as it stands; the cursor tells how far it came. Those without tiles leave."""
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            if _full(program, out):
                out.cursor[POSITION] = entity
                return
            emit(state, program, scratch, entity, out)
            if empty(state, program, entity):
                _leave(state, entity)
    out.cursor[STAGE] = DONE


@inlined
def _full(program: Program, out: Output) -> Word:
    return (out.cursor[EMITTED] + 1) * width_of(program) > out.rows.shape[0]


@kernel
def _apply_rows(
    state: State,
    program: Program,
    scratch: Scratch,
    batch: Batch,
    end: int,
    before: int,
    out: Output,
) -> bool:
    for row in range(out.cursor[POSITION], end):
        if not _apply_row(state, program, scratch, batch, row, before, out):
            out.cursor[POSITION] = row
            return False
    return True


@inlined
def _apply_row(
    state: State,
    program: Program,
    scratch: Scratch,
    batch: Batch,
    row: int,
    before: int,
    out: Output,
) -> bool:
    start, time = batch.offsets[row], batch.times[row]
    length = batch.offsets[row + 1] - start
    slot = slot_of(state.slots, state.entities, state.ids, batch.hashes[row], batch.ids, start, length)
    entity = int(state.slots[slot])
    limit = max(before, state.meta[FLOOR] if entity == NONE else state.entities[entity, AS_OF])
    if not _retained(program, batch, row, time, limit):
        out.late[out.cursor[LATE]] = row
        out.cursor[LATE] += 1
        return True
    if entity == NONE:
        entity = enter(state, slot, batch.hashes[row], batch.ids, start, length)
    due = state.entities[entity, DUE] <= time
    if due and not _cross_boundaries(state, program, scratch, entity, time, out):
        return False
    _update(state, program, batch, row, entity, time)
    _touch(state, entity, time, out)
    return True


@inlined
def _retained(program: Program, batch: Batch, row: int, time: int, limit: int) -> Word:
    for update in range(program.updates.shape[0]):
        if batch.lanes[row, program.updates[update, U_LANE]]:
            table = program.updates[update, U_TABLE]
            if _in_reach(program, table, time, limit):
                return True
    return False


@inlined
def _in_reach(program: Program, table: int, time: int, limit: int) -> Word:
    """Whether the tile of an event is in a window of the table at a time; most are by their own time already."""
    window, hop = longest(program.tables, table), program.tables[table, HOP]
    return time + window > limit or (time // hop + 1) * hop + window > limit


@kernel
def enter(state: State, slot: int, hash_: int, ids: Bytes, start: int, length: int) -> Word:
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
    for head in range(HEADS, state.entities.shape[1]):
        state.entities[entity, head] = NONE
    state.slots[slot] = entity
    state.meta[LIVE] += 1
    return entity


@kernel
def _leave(state: State, entity: int) -> None:
    start, length = state.entities[entity, START], state.entities[entity, LENGTH]
    slot = slot_of(state.slots, state.entities, state.ids, state.entities[entity, HASH], state.ids, start, length)
    forget(state.slots, state.entities, slot)
    state.meta[WASTE] += length
    state.meta[FLOOR] = max(state.meta[FLOOR], state.entities[entity, AS_OF])
    state.entities[entity, LENGTH], state.entities[entity, START] = NONE, state.meta[FREE_ROW]
    state.meta[FREE_ROW] = entity
    state.meta[LIVE] -= 1


@kernel
def _cross_boundaries(state: State, program: Program, scratch: Scratch, entity: int, until: int, out: Output) -> bool:
    """Emits the entity's boundaries up to and with `until` (ms)."""
    follows = False
    while state.entities[entity, DUE] <= until:
        if _full(program, out):
            return False
        state.entities[entity, AS_OF] = state.entities[entity, DUE]
        if follows:
            emit_next(state, program, scratch, entity, out)
        else:
            emit(state, program, scratch, entity, out)
        follows = True
    return True


@inlined
def _update(state: State, program: Program, batch: Batch, row: int, entity: int, time: int) -> None:
    """A tile takes the event where one of the table's windows at the entity's `as_of` still holds it."""
    table, tile, updates = NONE, NONE, program.updates
    for i in range(updates.shape[0]):
        if batch.lanes[row, updates[i, U_LANE]]:
            if updates[i, U_TABLE] != table:
                table = updates[i, U_TABLE]
                tile = NONE
                if _in_reach(program, table, time, state.entities[entity, AS_OF]):
                    tile = _tile(state, program, table, entity, time)
            if tile != NONE:
                _put(state, program, i, batch, row, tile, entity, time)


@inlined
def _tile(state: State, program: Program, table: int, entity: int, time: int) -> Word:
    hop = program.tables[table, HOP]
    number = 0 if hop == 0 else time // hop
    at, newer = state.entities[entity, HEADS + table], NONE
    while at != NONE and state.heap[at + NUMBER] > number:
        newer, at = at, state.heap[at + NEXT]
    if at != NONE and state.heap[at + NUMBER] == number:
        return at
    return _new_tile(state, program, table, entity, number, newer, at, time)


@kernel
def _new_tile(
    state: State,
    program: Program,
    table: int,
    entity: int,
    number: int,
    newer: int,
    older: int,
    time: int,
) -> Word:
    width = program.tables[table, WIDTH]
    tile = allocate(state.heap, state.meta, FREE_TILES + table, width)
    state.heap[tile + NUMBER], state.heap[tile + NEXT] = number, older
    for word in range(WORDS, width):
        state.heap[tile + word] = program.templates[table, word]
    if newer == NONE:
        state.entities[entity, HEADS + table] = tile
    else:
        state.heap[newer + NEXT] = tile
    as_of = max(state.entities[entity, AS_OF], time + 1)
    end = (number + 1) * program.tables[table, HOP]
    due = min(state.entities[entity, DUE], leaves_at(end, as_of, program.tables, table))
    state.entities[entity, DUE] = due
    state.meta[NEXT_DUE] = min(state.meta[NEXT_DUE], due)
    return tile


@inlined
def _put(
    state: State,
    program: Program,
    update: int,
    batch: Batch,
    row: int,
    tile: int,
    entity: int,
    time: int,
) -> None:
    monoid, order = program.updates[update, U_MONOID], program.updates[update, U_ORDER]
    word, column = program.updates[update, U_WORD], program.updates[update, U_VALUE]
    parameter = program.parameters[program.updates[update, U_PARAMETER]]
    value = batch.values[row, column] if column != NONE else 0
    if monoid == SEEN:
        owner = owner_over(entity, program.updates[update, U_TABLE], word)
        see(state.cells, state.heap, state.meta, owner, tile, word, value)
    elif monoid == BINS:
        put_in_bin(state.cells, state.heap, state.meta, tile, word, order, value, parameter)
    elif monoid == REGISTERS:
        put_in_register(state.cells, state.heap, state.meta, tile, word, order, value, int(parameter), state.texts)
    else:
        k = int(parameter)
        put(monoid, order, state.heap, tile + word, time, value, k, state.texts, state.text_bytes)


@inlined
def _touch(state: State, entity: int, time: int, out: Output) -> None:
    state.entities[entity, AS_OF] = max(state.entities[entity, AS_OF], time + 1)
    state.entities[entity, SEQ] += 1
    if state.entities[entity, STAMP] != state.meta[BATCH]:
        state.entities[entity, STAMP] = state.meta[BATCH]
        out.touched[out.cursor[TOUCHED]] = entity
        out.cursor[TOUCHED] += 1


@kernel
def _emit_touched(state: State, program: Program, scratch: Scratch, out: Output) -> bool:
    for i in range(out.cursor[POSITION], out.cursor[TOUCHED]):
        if _full(program, out):
            out.cursor[POSITION] = i
            return False
        emit(state, program, scratch, out.touched[i], out)
    return True


@kernel
def _cross_until(state: State, program: Program, scratch: Scratch, clock: int, out: Output) -> bool:
    if state.meta[NEXT_DUE] > clock:
        return True
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE and state.entities[entity, DUE] <= clock:
            if not _cross_boundaries(state, program, scratch, entity, clock, out):
                out.cursor[POSITION] = entity
                return False
            if empty(state, program, entity):
                _leave(state, entity)
    state.meta[NEXT_DUE] = _next_due(state)
    return True


@kernel
def _next_due(state: State) -> Word:
    due = NEVER
    for entity in range(state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            due = min(due, state.entities[entity, DUE])
    return due
