"""Defines the order in which a walk meets events and questions: by (entity, key)."""

from compiled_loops import inlined
from dataflows.kernels.arrays import Batch, StepOutput, Timeline, Word
from dataflows.kernels.offsets import EVENT, QUESTION


@inlined
def event_is_next(line: Timeline, out: StepOutput) -> Word:
    """Returns whether an event comes next, rather than a question."""
    if out.cursor[QUESTION] == line.asked_of.shape[0]:
        return True
    if out.cursor[EVENT] == line.order.shape[0]:
        return False
    question = out.cursor[QUESTION]
    return is_before(line, line.order[out.cursor[EVENT]], line.asked_of[question], line.asked_at[question])


@inlined
def is_before(line: Timeline, row: int, asked: int, time: int) -> Word:
    """Returns whether an event comes before a question about `asked` at `time`."""
    entity = line.entities[row]
    return entity < asked or (entity == asked and line.keys[row] < time)


@inlined
def last_of_its_time(batch: Batch, line: Timeline, position: int, row: int) -> Word:
    """Returns whether no other event of the same entity and time follows."""
    if position == line.order.shape[0]:
        return True
    after = line.order[position]
    return line.entities[after] != line.entities[row] or batch.times[after] != batch.times[row]


@inlined
def last_of_its_interval(batch: Batch, line: Timeline, position: int, row: int, length: int) -> Word:
    """Returns whether the entity has no further event in the same interval; an event is seen 1 ms after its time."""
    if position == line.order.shape[0]:
        return True
    after = line.order[position]
    if line.entities[after] != line.entities[row]:
        return True
    return (batch.times[after] + 1) // length != (batch.times[row] + 1) // length
