"""Finds the events that questions can see: a table of the entities in questions, with a bit for each span of time.

A bit of an entity is set if a question about it may see an event in that span. The last of 128 spans ends with the last
question; the first one includes all earlier events.
"""

from typing import NamedTuple

import numpy as np

from compiled_loops import history_allocating, history_kernel, inlined
from dataflows.kernels.arrays import Bools, Bytes, Ints, Slots, Word
from dataflows.kernels.offsets import NONE
from dataflows.kernels.partition import is_selected, shard_of
from dataflows.kernels.strings.arrow_strings import hash_bytes, same_bytes

SPANS = 128
HASH, START, END, SEEN = 0, 1, 2, 3
"""Columns of an entity: its hash, the start and the end of its id, then the bits of the spans."""
COLUMNS = SEEN + SPANS // 64


class TimeSpans(NamedTuple):
    """The division of time into spans."""

    oldest: int  # no question sees events before this time (ms)
    first: int  # begin of the first span (ms), which includes earlier events
    width: int  # length of a span (ms)


class QuestionTable(NamedTuple):
    """The entities in questions, all with different hashes; `slots` maps hashes to their numbers."""

    slots: Slots  # their number is a power of two; NONE marks a free slot
    entities: Ints  # (entities, COLUMNS)
    ids: Bytes
    spans: TimeSpans


class Rows(NamedTuple):
    """The rows of a batch that were found."""

    hashes: Ints
    entities: Slots  # entity of each row; NONE if no question sees the row
    shards: Slots  # shard of each found row
    starts: Ints  # begin of each shard among the found rows


def room_for(rows: int, shards: int) -> Rows:
    """Allocates a result without any found row."""
    return Rows(
        np.empty(rows, np.int64), np.empty(rows, np.int32), np.empty(rows, np.int32), np.zeros(shards + 1, np.int64)
    )


@history_kernel
def enter(table: QuestionTable) -> None:
    """Enters all entities by their hashes."""
    last = table.slots.shape[0] - 1
    for entity in range(table.entities.shape[0]):
        slot = table.entities[entity, HASH] & last
        while table.slots[slot] != NONE:
            slot = (slot + 1) & last
        table.slots[slot] = entity


@history_kernel
def mark(spans: TimeSpans, seen: Ints, asked_of: Ints, asked_at: Ints, reach: int) -> None:
    """Sets the bits of the spans that questions about entities at times (ms) can see, up to `reach` (ms) back."""
    for question in range(asked_of.shape[0]):
        first, last = max(_span(spans, asked_at[question] - reach), 0), max(_span(spans, asked_at[question] - 1), 0)
        for span in range(first, last + 1):
            seen[asked_of[question], span // 64] |= np.int64(1) << np.int64(span % 64)


@history_kernel
def find_asked(
    table: QuestionTable, offsets: Ints, data: Bytes, known: Bools, lanes: Bytes, picked: Ints, times: Ints, found: Rows
) -> None:
    """Finds the rows with a known key that one of the picked lanes admits and some question may see.

    Each array of the table has its own loop, so that a processor loads many of its places at once without mispredicted
    branches.
    """
    hashes, entities, rows, shards = found.hashes, found.entities, known.shape[0], found.starts.shape[0] - 1
    last = table.slots.shape[0] - 1
    for row in range(rows):
        hashes[row] = hash_bytes(data, offsets[row], offsets[row + 1]) if known[row] else 0
    for row in range(rows):
        entities[row] = table.slots[hashes[row] & last]
    for row in range(rows):
        if not known[row] or not is_selected(lanes, row, picked):
            entities[row] = NONE
        elif entities[row] != NONE:
            entities[row] = _entity(table, entities[row], hashes[row], times[row])
    for row in range(rows):
        if entities[row] != NONE:
            _confirm(table, data, offsets, row, shards, found)
    for shard in range(shards):
        found.starts[shard + 1] += found.starts[shard]


@inlined
def _confirm(table: QuestionTable, data: Bytes, offsets: Ints, row: int, shards: int, found: Rows) -> None:
    """Counts a row in its shard if its id equals that of its entity, and drops it if only the hashes are equal."""
    if _same(table, found.entities[row], data, offsets[row], offsets[row + 1]):
        shard = shard_of(found.hashes[row], shards)
        found.shards[row] = shard
        found.starts[shard + 1] += 1
    else:
        found.entities[row] = NONE


@history_allocating
def by_shard(found: Rows) -> tuple[Slots, Ints]:
    """Returns the entities of the found rows, and these rows, both by shard; rows keep their order within a shard."""
    places, rows = found.starts.copy(), found.starts[-1]
    entities, order = np.empty(rows, np.int32), np.empty(rows, np.int64)
    own, shards = found.entities, found.shards
    for row in range(own.shape[0]):
        if own[row] != NONE:
            place = places[shards[row]]
            entities[place], order[place] = own[row], row
            places[shards[row]] += 1
    return entities, order


@inlined
def _entity(table: QuestionTable, entity: int, hashed: int, time: int) -> Word:
    """Finds the entity of a hash, from its slot on; NONE if no question sees an event of it at `time`."""
    last = table.slots.shape[0] - 1
    slot = hashed & last
    while entity != NONE and table.entities[entity, HASH] != hashed:
        slot = (slot + 1) & last
        entity = table.slots[slot]
    if entity != NONE and not _sees(table, entity, time):
        return NONE
    return entity


@inlined
def _same(table: QuestionTable, entity: int, data: Bytes, start: int, end: int) -> Word:
    own = table.entities[entity, START]
    length = table.entities[entity, END] - own
    return end - start == length and same_bytes(table.ids, own, data, start, length)


@inlined
def _sees(table: QuestionTable, entity: int, time: int) -> Word:
    span = max(_span(table.spans, time), 0)
    if time < table.spans.oldest or span >= SPANS:
        return 0
    return (table.entities[entity, SEEN + span // 64] >> np.int64(span % 64)) & 1


@inlined
def _span(spans: TimeSpans, time: int) -> Word:
    return (time - spans.first) // spans.width
