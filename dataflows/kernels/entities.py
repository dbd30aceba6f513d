"""Adds entities to a shard and removes them: their row in `entities`, the text of their id, their slot in the index."""

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, State, Word
from dataflows.kernels.offsets import (
    AS_OF,
    BYTES,
    DUE,
    FLOOR,
    FREE_ROW,
    HASH,
    HEADS,
    LENGTH,
    LIVE,
    NEVER,
    NONE,
    ROWS,
    SEQ,
    STAMP,
    START,
    WASTE,
)
from dataflows.kernels.strings.arrow_strings import copy_bytes
from dataflows.kernels.strings.hash_index import forget, slot_of


@kernel
def enter(state: State, slot: int, hash_: int, ids: Bytes, start: int, length: int) -> Word:
    """Adds an entity and returns its row; `slot` is its free slot in the index."""
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
def leave(state: State, entity: int) -> None:
    """Removes an entity without tiles; an entity added later has no earlier `as_of` than this removal."""
    start, length = state.entities[entity, START], state.entities[entity, LENGTH]
    slot = slot_of(state.slots, state.entities, state.ids, state.entities[entity, HASH], state.ids, start, length)
    forget(state.slots, state.entities, slot)
    state.meta[WASTE] += length
    state.meta[FLOOR] = max(state.meta[FLOOR], state.entities[entity, AS_OF])
    state.entities[entity, LENGTH], state.entities[entity, START] = NONE, state.meta[FREE_ROW]
    state.meta[FREE_ROW] = entity
    state.meta[LIVE] -= 1
