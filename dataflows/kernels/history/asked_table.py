"""Whose events some question can see, and when: a table of the entities asked, with a bit for each span of time.

The bits of an entity are set where a question about it may see an event; they are cut so that 128 spans reach from the
first event that any question sees to the last question.
"""

from typing import NamedTuple

import numpy as np

from compiled_loops import allocating, inlined, kernel
from dataflows.kernels.arrays import Bools, Bytes, Ints, Slots, Word
from dataflows.kernels.offsets import NONE
from dataflows.kernels.partition import is_selected, shard_of
from dataflows.kernels.strings.arrow_strings import hash_bytes, same_bytes

SPANS = 128
HASH, START, END, SEEN = 0, 1, 2, 3
"""Columns of an entity: its hash, where its id starts and ends, then the bits of the spans."""
COLUMNS = SEEN + SPANS // 64


class AskedTable(NamedTuple):
    """The entities that are asked; `slots` has their numbers, by hash."""

    slots: Slots  # a power of two of them, NONE where there is no entity
    entities: Ints  # (entities, COLUMNS)
    ids: Bytes
    first: int  # when the first span begins (ms)
    width: int  # of a span (ms)


@kernel
def enter(table: AskedTable) -> None:
    """Enters all entities by their hashes."""
    last = table.slots.shape[0] - 1
    for entity in range(table.entities.shape[0]):
        slot = table.entities[entity, HASH] & last
        while table.slots[slot] != NONE:
            slot = (slot + 1) & last
        table.slots[slot] = entity


@kernel
def mark(table: AskedTable, asked_of: Ints, asked_at: Ints, reach: int) -> None:
    """Marks what questions about entities at times (ms) can see, which is no older than `reach` (ms)."""
    for question in range(asked_of.shape[0]):
        first, last = _span(table, asked_at[question] - reach), _span(table, asked_at[question] - 1)
        for span in range(first, last + 1):
            table.entities[asked_of[question], SEEN + span // 64] |= np.int64(1) << np.int64(span % 64)


@allocating
def asked_rows(
    table: AskedTable, offsets: Ints, data: Bytes, known: Bools, lanes: Bytes, picked: Ints, times: Ints, shards: int
) -> tuple[Slots, Ints, Ints]:
    """The rows that some question may see, as `partition.cut` orders them; returns the entity of each of these first.

    A row is selected if its key is known and one of the picked lanes admits it.
    """
    n = known.shape[0]
    found, shard, starts = np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(shards + 1, np.int64)
    for row in range(n):
        found[row] = NONE
        if known[row] and is_selected(lanes, row, picked):
            hashed = hash_bytes(data, offsets[row], offsets[row + 1])
            found[row] = _entity(table, hashed, data, offsets[row], offsets[row + 1], times[row])
            if found[row] != NONE:
                shard[row] = shard_of(hashed, shards)
                starts[shard[row] + 1] += 1
    for i in range(shards):
        starts[i + 1] += starts[i]
    order, entities = np.empty(starts[shards], np.int64), np.empty(starts[shards], np.int32)
    places = starts.copy()
    for row in range(n):
        if found[row] != NONE:
            order[places[shard[row]]], entities[places[shard[row]]] = row, found[row]
            places[shard[row]] += 1
    return entities, order, starts


@inlined
def _entity(table: AskedTable, hashed: int, data: Bytes, start: int, end: int, time: int) -> Word:
    """The number of an entity, NONE where no question sees an event of it at `time`."""
    last = table.slots.shape[0] - 1
    slot = hashed & last
    while table.slots[slot] != NONE:
        entity = table.slots[slot]
        if table.entities[entity, HASH] == hashed and _same(table, entity, data, start, end):
            return entity if _sees(table, entity, time) else NONE
        slot = (slot + 1) & last
    return NONE


@inlined
def _same(table: AskedTable, entity: int, data: Bytes, start: int, end: int) -> Word:
    own = table.entities[entity, START]
    length = table.entities[entity, END] - own
    return end - start == length and same_bytes(table.ids, own, data, start, length)


@inlined
def _sees(table: AskedTable, entity: int, time: int) -> Word:
    span = _span(table, time)
    return (table.entities[entity, SEEN + span // 64] >> np.int64(span % 64)) & 1


@inlined
def _span(table: AskedTable, time: int) -> Word:
    return min(max((time - table.first) // table.width, 0), SPANS - 1)
