"""Emits the rows of an entity that change by themselves: at each boundary, an old tile leaves a window."""

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import KernelProgram, Scratch, State, StepOutput, Word
from dataflows.kernels.fold import emit, emit_next, width_of
from dataflows.kernels.offsets import AS_OF, DUE, EMITTED


@inlined
def full(program: KernelProgram, out: StepOutput) -> Word:
    """Returns whether the output has no room for another row."""
    return (out.cursor[EMITTED] + 1) * width_of(program) > out.rows.shape[0]


@kernel
def cross(
    state: State, program: KernelProgram, scratch: Scratch, entity: int, until: int, since: int, out: StepOutput
) -> bool:
    """Emits an entity's boundaries after `since`, up to and including `until` (ms); returns False if out is full."""
    follows = False
    while state.entities[entity, DUE] <= until:
        if full(program, out):
            return False
        state.entities[entity, AS_OF] = state.entities[entity, DUE]
        if follows:
            emit_next(state, program, scratch, entity, out)
        else:
            emit(state, program, scratch, entity, out)
        follows = state.entities[entity, AS_OF] > since
        if not follows:
            out.cursor[EMITTED] -= 1
    return True
