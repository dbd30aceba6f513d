"""Walks through the history of a shard, entity by entity: folds events in key order and answers questions in between.

Entities are numbered from 0; their row and START are that number. Events and questions are ordered by (entity, key):
only one entity has tiles at a time, so memory follows the busiest entity. Functions that can emit return False when the
output is full; the caller makes room and calls again. Events are folded at most up to position `end` of the order,
because the caller has made room for those.
"""

from compiled_loops import history_kernel, inlined, kernel
from dataflows.kernels.arrays import Batch, Bools, Ints, KernelProgram, Scratch, State, StepOutput, Timeline
from dataflows.kernels.boundaries import cross, full
from dataflows.kernels.fold import emit, empty
from dataflows.kernels.history.walk_entities import last_change, open_entity, put_next
from dataflows.kernels.history.walk_order import event_is_next, is_before, last_of_its_interval, last_of_its_time
from dataflows.kernels.offsets import ALWAYS, AS_OF, DONE, EMITTED, ENTITY, EVENT, NONE, QUESTION, SEQ, STAGE
from dataflows.kernels.update import put_event


@history_kernel
def answer(
    state: State, program: KernelProgram, scratch: Scratch, batch: Batch, line: Timeline, end: int, out: StepOutput
) -> None:
    """Emits one row per question, in question order; a question at t sees events with keys before t."""
    while out.cursor[EVENT] < line.order.shape[0] or out.cursor[QUESTION] < line.asked_of.shape[0]:
        if event_is_next(line, out):
            if out.cursor[EVENT] == end:
                return
            _keep_for_question(state, program, batch, line, line.order[out.cursor[EVENT]], out)
            out.cursor[EVENT] += 1
        else:
            if full(program, out):
                return
            entity = line.asked_of[out.cursor[QUESTION]]
            open_entity(state, program, entity, out)
            state.entities[entity, AS_OF] = line.asked_at[out.cursor[QUESTION]]
            emit(state, program, scratch, entity, out)
            out.cursor[QUESTION] += 1
    open_entity(state, program, NONE, out)
    out.cursor[STAGE] = DONE


@inlined
def _keep_for_question(
    state: State, program: KernelProgram, batch: Batch, line: Timeline, row: int, out: StepOutput
) -> None:
    question, entity = out.cursor[QUESTION], line.entities[row]
    if question < line.asked_of.shape[0] and line.asked_of[question] == entity:
        open_entity(state, program, entity, out)
        state.entities[entity, AS_OF] = line.asked_at[question]
        put_event(state, program, batch, row, entity, batch.times[row])


@history_kernel
def asked_too_early(line: Timeline, known_at: Ints, too_early: Bools) -> None:
    """Marks the questions asked before an earlier event of their entity had become known (`known_at`, ms).

    The timeline's keys are event times here.
    """
    event, entity, last = 0, NONE, ALWAYS
    for question in range(line.asked_of.shape[0]):
        asked, time = line.asked_of[question], line.asked_at[question]
        while event < line.order.shape[0] and is_before(line, line.order[event], asked, time):
            row = line.order[event]
            last = max(last, known_at[row]) if line.entities[row] == entity else known_at[row]
            entity = line.entities[row]
            event += 1
        too_early[question] = entity == asked and last >= time


@history_kernel
def recount(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    batch: Batch,
    line: Timeline,
    end: int,
    since: int,
    clock: int,
    every: bool,
    out: StepOutput,
) -> None:
    """Emits each entity's last row at `clock` (ms), or with `every` each row after `since` (ms), at events and
    boundaries."""
    while out.cursor[EVENT] < line.order.shape[0]:
        row = line.order[out.cursor[EVENT]]
        entity = line.entities[row]
        if entity != out.cursor[ENTITY]:
            if not _finish(state, program, scratch, since, clock, every, out):
                return
            open_entity(state, program, entity, out)
        if out.cursor[EVENT] == end:
            return
        if every and not _cross(state, program, scratch, entity, batch.times[row], since, out):
            return
        if full(program, out):
            return
        put_next(state, program, batch, line, row)
        out.cursor[EVENT] += 1
        if every and last_of_its_time(batch, line, out.cursor[EVENT], row):
            _emit_after(state, program, scratch, entity, since, out)
    if _finish(state, program, scratch, since, clock, every, out):
        open_entity(state, program, NONE, out)
        out.cursor[STAGE] = DONE


@history_kernel
def active_rows(
    state: State,
    program: KernelProgram,
    scratch: Scratch,
    batch: Batch,
    line: Timeline,
    end: int,
    since: int,
    length: int,
    closing: int,
    out: StepOutput,
) -> None:
    """Emits each entity's row after its last event of each interval of `length` (ms) that ends after `since` (ms).

    At `closing` (ms) each entity that is still in a window and has no row of that time emits one more; ALWAYS asks for
    none.
    """
    while out.cursor[EVENT] < line.order.shape[0]:
        row = line.order[out.cursor[EVENT]]
        entity = line.entities[row]
        if entity != out.cursor[ENTITY]:
            if not _close(state, program, scratch, closing, out):
                return
            open_entity(state, program, entity, out)
        if out.cursor[EVENT] == end or full(program, out):
            return
        put_next(state, program, batch, line, row)
        out.cursor[EVENT] += 1
        if last_of_its_interval(batch, line, out.cursor[EVENT], row, length):
            _emit_after(state, program, scratch, entity, since, out)
    if _close(state, program, scratch, closing, out):
        open_entity(state, program, NONE, out)
        out.cursor[STAGE] = DONE


@inlined
def _cross(
    state: State, program: KernelProgram, scratch: Scratch, entity: int, until: int, since: int, out: StepOutput
) -> bool:
    """Crosses the entity's boundaries; one that has left its windows begins anew."""
    if not cross(state, program, scratch, entity, until, since, out):
        return False
    if empty(state, program, entity):
        state.entities[entity, SEQ] = 0
    return True


@kernel
def _emit_after(
    state: State, program: KernelProgram, scratch: Scratch, entity: int, since: int, out: StepOutput
) -> None:
    emit(state, program, scratch, entity, out)
    if state.entities[entity, AS_OF] <= since:
        out.cursor[EMITTED] -= 1


@kernel
def _finish(
    state: State, program: KernelProgram, scratch: Scratch, since: int, clock: int, every: bool, out: StepOutput
) -> bool:
    """Emits the entity's due rows up to `clock` (ms): every row, or only the last one."""
    entity = out.cursor[ENTITY]
    if entity == NONE:
        return True
    if every:
        return _cross(state, program, scratch, entity, clock, since, out)
    if full(program, out):
        return False
    state.entities[entity, AS_OF] = last_change(state, program, entity, clock)
    emit(state, program, scratch, entity, out)
    return True


@kernel
def _close(state: State, program: KernelProgram, scratch: Scratch, closing: int, out: StepOutput) -> bool:
    """Emits the entity's row at `closing` (ms), unless it already has one or has left its windows."""
    entity = out.cursor[ENTITY]
    if entity == NONE or state.entities[entity, AS_OF] >= closing:
        return True
    if full(program, out):
        return False
    state.entities[entity, AS_OF] = closing
    emit(state, program, scratch, entity, out)
    if empty(state, program, entity):
        out.cursor[EMITTED] -= 1
    return True
