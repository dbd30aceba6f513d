"""The order in which a shard's events are folded: by entity, then by the time at which they are seen."""

from collections.abc import Callable

import numpy as np

from dataflows.kernels.arrays import NO_ROWS, Bools, Ints, Timeline

_BITS = 62


def order_of(entities: Ints, keys: Ints, words: Callable[[Ints], Ints]) -> Ints:
    """Rows by (entity, key); equal ones by a digest of the `words` of such rows, so that no order of reading shows."""
    if not len(keys):
        return NO_ROWS
    order = _sorted(entities, keys)
    tied = _tied(entities[order], keys[order])
    if tied.any():
        rows = order[tied]
        order[tied] = rows[np.lexsort((_digest(words(rows)), keys[rows], entities[rows]))]
    return order


def timeline(
    entities: Ints, keys: Ints, order: Ints, stay_ms: int, asked_of: Ints = NO_ROWS, asked_at: Ints = NO_ROWS
) -> Timeline:
    """Events in an order, and questions by (entity, time)."""
    return Timeline(order, entities, keys, asked_of, asked_at, stay_ms)


def _sorted(entities: Ints, keys: Ints) -> Ints:
    """One sort of one word where entity and time fit into it."""
    first, span = int(keys.min()), int(keys.max()) - int(keys.min()) + 1
    if int(entities.max()).bit_length() + span.bit_length() < _BITS:
        return np.argsort(entities * span + (keys - first))
    return np.lexsort((keys, entities))


def _tied(entities: Ints, keys: Ints) -> Bools:
    """Which rows have an equal neighbour."""
    same = (entities[1:] == entities[:-1]) & (keys[1:] == keys[:-1])
    tied: Bools = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    return tied


def _digest(words: Ints) -> Ints:
    digest = np.zeros(len(words), np.uint64)
    for column in words.T:
        digest = (digest ^ column.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        digest ^= digest >> np.uint64(29)
    return digest.view(np.int64)
