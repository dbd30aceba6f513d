"""Updates the tiles of an entity with an event: which tables still retain it, which tile it is in, what it changes."""

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Batch, KernelProgram, State, Word
from dataflows.kernels.cell_index import allocate, owner_over
from dataflows.kernels.fold import leaves_at, longest
from dataflows.kernels.offsets import (
    AS_OF,
    DUE,
    FREE_TILES,
    HEADS,
    HOP,
    NEXT,
    NEXT_DUE,
    NONE,
    NUMBER,
    U_LANE,
    U_OP,
    U_ORDER,
    U_PARAMETER,
    U_TABLE,
    U_VALUE,
    U_WORD,
    WIDTH,
    WORDS,
)
from dataflows.kernels.partials import put
from dataflows.kernels.sketches import BINS, REGISTERS, SEEN, put_in_bin, put_in_register, see


@inlined
def retained(program: KernelProgram, batch: Batch, row: int, time: int, limit: int) -> Word:
    """Returns whether a window over any of the event's tables still retains it at `limit` (ms)."""
    for update in range(program.updates.shape[0]):
        if batch.lanes[row, program.updates[update, U_LANE]]:
            table = program.updates[update, U_TABLE]
            if _in_reach(program, table, time, limit):
                return True
    return False


@inlined
def _in_reach(program: KernelProgram, table: int, time: int, limit: int) -> Word:
    """Returns whether a window of the table retains the event's tile at a time; its event time alone settles most
    cases."""
    window, hop = longest(program.tables, table), program.tables[table, HOP]
    return time + window > limit or (time // hop + 1) * hop + window > limit


@inlined
def put_event(state: State, program: KernelProgram, batch: Batch, row: int, entity: int, time: int) -> None:
    """Adds the event to the tile of each table that retains it at the entity's `as_of`."""
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
def _tile(state: State, program: KernelProgram, table: int, entity: int, time: int) -> Word:
    hop = program.tables[table, HOP]
    number = 0 if hop == 0 else time // hop
    tile, newer = state.entities[entity, HEADS + table], NONE
    while tile != NONE and state.heap[tile + NUMBER] > number:
        newer, tile = tile, state.heap[tile + NEXT]
    if tile != NONE and state.heap[tile + NUMBER] == number:
        return tile
    return _new_tile(state, program, table, entity, number, newer, tile, time)


@kernel
def _new_tile(
    state: State,
    program: KernelProgram,
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
    program: KernelProgram,
    update: int,
    batch: Batch,
    row: int,
    tile: int,
    entity: int,
    time: int,
) -> None:
    op, order = program.updates[update, U_OP], program.updates[update, U_ORDER]
    word, column = program.updates[update, U_WORD], program.updates[update, U_VALUE]
    parameter = program.parameters[program.updates[update, U_PARAMETER]]
    value = batch.values[row, column] if column != NONE else 0
    if op == SEEN:
        owner = owner_over(entity, program.updates[update, U_TABLE], word)
        see(state.cells, state.heap, state.meta, owner, tile, word, value)
    elif op == BINS:
        put_in_bin(state.cells, state.heap, state.meta, tile, word, order, value, parameter)
    elif op == REGISTERS:
        put_in_register(state.cells, state.heap, state.meta, tile, word, order, value, int(parameter), state.texts)
    else:
        k = int(parameter)
        put(op, order, state.heap, tile + word, time, value, k, state.texts, state.text_bytes)
