"""Applies one step of a walk to the open entity: opens it, puts events, frees it once it has left its windows."""

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Batch, KernelProgram, State, StepOutput, Timeline, Word
from dataflows.kernels.fold import free_entity, longest
from dataflows.kernels.offsets import AS_OF, ENTITY, HEADS, HOP, NEXT, NONE, NUMBER, SEQ, WINDOW_COUNT, WINDOWS
from dataflows.kernels.update import put_event


@kernel
def open_entity(state: State, program: KernelProgram, entity: int, out: StepOutput) -> None:
    """Moves on to an entity and frees the tiles of the previous one."""
    before = out.cursor[ENTITY]
    if before != entity:
        if before != NONE:
            free_entity(state, program, before)
        out.cursor[ENTITY] = entity


@inlined
def put_next(state: State, program: KernelProgram, batch: Batch, line: Timeline, row: int) -> None:
    """Puts the next event of the open entity; first frees the entity if it has left its windows."""
    entity, time = line.entities[row], batch.times[row]
    if time - state.entities[entity, AS_OF] >= line.shortest_stay:
        _leave_by(state, program, entity, time)
    put_event(state, program, batch, row, entity, time)
    state.entities[entity, AS_OF] = max(state.entities[entity, AS_OF], time + 1)
    state.entities[entity, SEQ] += 1


@kernel
def _leave_by(state: State, program: KernelProgram, entity: int, time: int) -> None:
    """Frees an entity if none of its tiles is in a window at `time` (ms), so that it starts over."""
    for table in range(program.tables.shape[0]):
        tile = state.entities[entity, HEADS + table]
        if tile != NONE:
            end = (state.heap[tile + NUMBER] + 1) * program.tables[table, HOP]
            if end + longest(program.tables, table) > time:
                return
    free_entity(state, program, entity)


@kernel
def last_change(state: State, program: KernelProgram, entity: int, clock: int) -> Word:
    """Returns when the row of an entity last changes up to `clock` (ms): at a boundary or at its last event."""
    tables, as_of = program.tables, state.entities[entity, AS_OF]
    last = as_of
    for table in range(tables.shape[0]):
        tile = state.entities[entity, HEADS + table]
        while tile != NONE:
            end = (state.heap[tile + NUMBER] + 1) * tables[table, HOP]
            if end + longest(tables, table) <= as_of:
                break
            for window in range(WINDOWS, WINDOWS + tables[table, WINDOW_COUNT]):
                boundary = end + tables[table, window]
                if boundary <= clock:
                    last = max(last, boundary)
            tile = state.heap[tile + NEXT]
    return last
