"""The window algebra over a shard: applies a batch, emits the entities it touched, advances the clock.

Every function that can emit returns False when the output is full; the caller makes room and calls `step` again, which
continues at the cursor.
"""

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Batch, KernelProgram, Scratch, State, StepOutput, Word
from dataflows.kernels.boundaries import cross, full
from dataflows.kernels.entities import enter, leave
from dataflows.kernels.fold import emit, empty, width_of
from dataflows.kernels.offsets import (
    AFTER_EVENT,
    ALWAYS,
    AS_OF,
    BATCH,
    CLOCK_STAGE,
    DONE,
    DUE,
    EMITTED,
    FLOOR,
    LATE,
    LENGTH,
    NEVER,
    NEXT_DUE,
    NONE,
    OUT_GONE,
    PARTED,
    POSITION,
    ROWS,
    ROWS_STAGE,
    SEQ,
    STAGE,
    STAMP,
    TOUCHED,
    TOUCHED_STAGE,
)
from dataflows.kernels.strings.hash_index import slot_of
from dataflows.kernels.update import put_event, retained


@kernel
def step(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    batch: Batch,
    end: int,
    before: int,
    clock: int,
    length: int,
    oldest: int,
    out: StepOutput,
) -> None:
    """Applies rows of a batch up to `end`, emits one row per touched entity, then every boundary up to `clock` (ms).

    `before` decides whether events are late, because a replayed batch may span more than a window. If the batch spans
    intervals of `length` (ms; 0: none) after `oldest`, an entity's row is emitted in each of them.
    """
    length = length if _spans(batch, end, length, oldest, out) else 0
    if out.cursor[STAGE] == ROWS_STAGE and _apply_rows(
        state, program, scratch, batch, end, before, length, oldest, out
    ):
        out.cursor[STAGE], out.cursor[POSITION] = TOUCHED_STAGE, 0
    if out.cursor[STAGE] == TOUCHED_STAGE and _emit_touched(state, program, scratch, out):
        out.cursor[STAGE], out.cursor[POSITION] = CLOCK_STAGE, 0
    if out.cursor[STAGE] == CLOCK_STAGE and _cross_until(state, program, scratch, clock, out):
        out.cursor[STAGE] = DONE


@kernel
def emit_all(state: State, program: KernelProgram, scratch: Scratch, out: StepOutput) -> None:
    """Emits the current row of every entity; the cursor records progress. Removes entities without tiles."""
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            if full(program, out):
                out.cursor[POSITION] = entity
                return
            emit(state, program, scratch, entity, out)
            if empty(state, program, entity):
                leave(state, entity)
    out.cursor[STAGE] = DONE


@inlined
def _interval(as_of: int, length: int, oldest: int) -> Word:
    return max(as_of, oldest) // length


@kernel
def _spans(batch: Batch, end: int, length: int, oldest: int, out: StepOutput) -> Word:
    """Returns whether the remaining events fall into different intervals."""
    first = out.cursor[POSITION]
    if length == 0 or out.cursor[STAGE] != ROWS_STAGE or first >= end:
        return False
    earliest, latest = batch.times[first], batch.times[first]
    for row in range(first + 1, end):
        earliest, latest = min(earliest, batch.times[row]), max(latest, batch.times[row])
    return _interval(earliest + 1, length, oldest) != _interval(latest + 1, length, oldest)


@kernel
def _apply_rows(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    batch: Batch,
    end: int,
    before: int,
    length: int,
    oldest: int,
    out: StepOutput,
) -> bool:
    for row in range(out.cursor[POSITION], end):
        if not _apply_row(state, program, scratch, batch, row, before, length, oldest, out):
            out.cursor[POSITION] = row
            return False
    return True


@inlined
def _apply_row(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    batch: Batch,
    row: int,
    before: int,
    length: int,
    oldest: int,
    out: StepOutput,
) -> bool:
    start, time = batch.offsets[row], batch.times[row]
    size = batch.offsets[row + 1] - start
    slot = slot_of(state.slots, state.entities, state.ids, batch.hashes[row], batch.ids, start, size)
    entity = int(state.slots[slot])
    limit = max(before, state.meta[FLOOR] if entity == NONE else state.entities[entity, AS_OF])
    if not retained(program, batch, row, time, limit):
        out.late[out.cursor[LATE]] = row
        out.cursor[LATE] += 1
        return True
    if entity == NONE:
        entity = enter(state, slot, batch.hashes[row], batch.ids, start, size)
    elif length and not _part(state, program, scratch, entity, row, time, length, oldest, out):
        return False
    due = state.entities[entity, DUE] <= time
    if due and not cross(state, program, scratch, entity, time, ALWAYS, out):
        return False
    put_event(state, program, batch, row, entity, time)
    _touch(state, entity, time, out)
    return True


@kernel
def _part(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    entity: int,
    row: int,
    time: int,
    length: int,
    oldest: int,
    out: StepOutput,
) -> bool:
    """Emits a touched entity's row before its next event if that event falls into a later interval."""
    as_of = state.entities[entity, AS_OF]
    same = _interval(as_of, length, oldest) == _interval(max(as_of, time + 1), length, oldest)
    if same or state.entities[entity, STAMP] != state.meta[BATCH] or out.cursor[PARTED] == row + 1:
        return True
    if full(program, out):
        return False
    _emit_after_event(state, program, scratch, entity, out)
    out.cursor[PARTED] = row + 1
    return True


@inlined
def _emit_after_event(state: State, program: KernelProgram, scratch: Scratch, entity: int, out: StepOutput) -> None:
    row = out.cursor[EMITTED] * width_of(program)
    emit(state, program, scratch, entity, out)
    out.rows[row + OUT_GONE] += AFTER_EVENT


@inlined
def _touch(state: State, entity: int, time: int, out: StepOutput) -> None:
    state.entities[entity, AS_OF] = max(state.entities[entity, AS_OF], time + 1)
    state.entities[entity, SEQ] += 1
    if state.entities[entity, STAMP] != state.meta[BATCH]:
        state.entities[entity, STAMP] = state.meta[BATCH]
        out.touched[out.cursor[TOUCHED]] = entity
        out.cursor[TOUCHED] += 1


@kernel
def _emit_touched(state: State, program: KernelProgram, scratch: Scratch, out: StepOutput) -> bool:
    for i in range(out.cursor[POSITION], out.cursor[TOUCHED]):
        if full(program, out):
            out.cursor[POSITION] = i
            return False
        _emit_after_event(state, program, scratch, out.touched[i], out)
    return True


@kernel
def _cross_until(state: State, program: KernelProgram, scratch: Scratch, clock: int, out: StepOutput) -> bool:
    if state.meta[NEXT_DUE] > clock:
        return True
    for entity in range(out.cursor[POSITION], state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE and state.entities[entity, DUE] <= clock:
            if not cross(state, program, scratch, entity, clock, ALWAYS, out):
                out.cursor[POSITION] = entity
                return False
            if empty(state, program, entity):
                leave(state, entity)
    state.meta[NEXT_DUE] = _next_due(state)
    return True


@kernel
def _next_due(state: State) -> Word:
    due = NEVER
    for entity in range(state.meta[ROWS]):
        if state.entities[entity, LENGTH] != NONE:
            due = min(due, state.entities[entity, DUE])
    return due
