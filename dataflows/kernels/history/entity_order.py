"""Orders a shard's history for folding: by entity, by time, and by content where times are equal.

Rows arrive nearly ordered, because topics are; a merge sort only compares the ends of runs that are already in order.
"""

import numpy as np

from compiled_loops import history_allocating, history_kernel, inlined
from dataflows.kernels.arrays import Bytes, Ints, Word, Words

_RUN = 16
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@history_kernel
def digest_rows(values: Ints, lanes: Bytes, skipped: Bytes, digests: Words) -> None:
    """Writes a digest of the words and lanes of each row, ignoring skipped word columns."""
    for row in range(digests.shape[0]):
        digest = np.uint64(0)
        for column in range(values.shape[1]):
            if not skipped[column]:
                digest = _digested(digest, np.int64(values[row, column]).view(np.uint64))
        for lane in range(lanes.shape[1]):
            digest = _digested(digest, np.uint64(lanes[row, lane]))
        digests[row] = digest


@history_allocating
def rows_by_entity(entities: Ints, count: int) -> tuple[Ints, Ints]:
    """Returns the rows of entities 0 to `count` - 1, each in reading order, and the start of each entity's rows."""
    starts = np.zeros(count + 2, np.int64)
    for row in range(entities.shape[0]):
        if entities[row] >= 0:
            starts[entities[row] + 2] += 1
    for entity in range(count):
        starts[entity + 2] += starts[entity + 1]
    order = np.empty(starts[count + 1], np.int64)
    for row in range(entities.shape[0]):
        if entities[row] >= 0:
            order[starts[entities[row] + 1]] = row
            starts[entities[row] + 1] += 1
    return order, starts[: count + 1]


@history_kernel
def sort_by_time(order: Ints, starts: Ints, keys: Ints, digests: Words, room: Ints) -> None:
    """Sorts the rows of each entity by (key, digest), stable for equal rows; `room` holds half of the largest group."""
    for entity in range(starts.shape[0] - 1):
        start, end = starts[entity], starts[entity + 1]
        for run in range(start, end, _RUN):
            _sort_run(order, run, min(run + _RUN, end), keys, digests)
        width = _RUN
        while width < end - start:
            for left in range(start, end - width, 2 * width):
                _merge(order, left, left + width, min(left + 2 * width, end), keys, digests, room)
            width *= 2


@inlined
def _digested(digest: Word, word: Word) -> Word:
    mixed = (digest ^ word) * _MIX
    return mixed ^ (mixed >> _SHIFT)


@inlined
def _follows(left: int, right: int, keys: Ints, digests: Words) -> Word:
    return keys[left] > keys[right] or (keys[left] == keys[right] and digests[left] > digests[right])


@inlined
def _sort_run(order: Ints, start: int, end: int, keys: Ints, digests: Words) -> None:
    """Sorts a run by insertion."""
    for position in range(start + 1, end):
        row, place = order[position], position
        while place > start and _follows(order[place - 1], row, keys, digests):
            order[place] = order[place - 1]
            place -= 1
        order[place] = row


@inlined
def _merge(order: Ints, left: int, middle: int, end: int, keys: Ints, digests: Words, room: Ints) -> None:
    """Merges two adjacent runs; `room` holds the left one meanwhile."""
    if _follows(order[middle - 1], order[middle], keys, digests):
        for i in range(middle - left):
            room[i] = order[left + i]
        taken, right, place = 0, middle, left
        while taken < middle - left:
            if right < end and _follows(room[taken], order[right], keys, digests):
                order[place] = order[right]
                right += 1
            else:
                order[place] = room[taken]
                taken += 1
            place += 1
