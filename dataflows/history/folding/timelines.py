"""Orders a shard's events for folding: by entity, then by the time at which they are seen."""

import numpy as np

from dataflows.history.spill import ShardEvents
from dataflows.kernels.arrays import NO_ROWS, Ints, Timeline, Words
from dataflows.kernels.history.entity_order import digest_rows, rows_by_entity, sort_by_time


def order_of(entities: Ints, count: int, keys: Ints, digests: Words) -> Ints:
    """Orders rows of entities 0 to `count` - 1 by (entity, key); digests make the order of equal keys deterministic.

    >>> order_of(np.array([1, 0, 1, -1]), 2, np.array([9, 8, 7, 6]), np.zeros(4, np.uint64)).tolist()
    [1, 2, 0]
    """
    order, starts = rows_by_entity(entities, count)
    sort_by_time(order, starts, keys, digests, np.empty(len(order), np.int64))
    return order


def digests_of(events: ShardEvents) -> Words:
    """Digests events without texts, whose numbers depend on the reading order."""
    skipped, digests = np.zeros(events.values.shape[1], np.uint8), np.empty(len(events.times), np.uint64)
    skipped[[texts.column for texts in events.texts]] = 1
    digest_rows(events.values, events.lanes, skipped, digests)
    return digests


def timeline(
    entities: Ints,
    keys: Ints,
    stay_ms: int,
    asked_of: Ints = NO_ROWS,
    asked_at: Ints = NO_ROWS,
    order: Ints | None = None,
) -> Timeline:
    """Returns events in an order (None: as stored), and questions by (entity, time)."""
    return Timeline(np.arange(len(keys)) if order is None else order, entities, keys, asked_of, asked_at, stay_ms)
