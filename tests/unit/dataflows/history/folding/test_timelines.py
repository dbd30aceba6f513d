"""Tests the order of a walk against Python's own sort."""

import numpy as np
import polars as pl
import pytest

from dataflows.history.folding.timelines import digests_of, order_of
from dataflows.history.spill import ShardEvents
from dataflows.kernels.arrays import Ints
from tests.support.generators.seeds import rng_of, seeds

Rows = list[int]


@pytest.mark.parametrize("seed", seeds(9))
@pytest.mark.parametrize("shape", ["in order", "two partitions", "random", "backwards"])
def test_rows_are_ordered_by_entity_time_and_content(seed: int, shape: str) -> None:
    rng = rng_of(seed)
    count, rows = int(rng.integers(1, 9)), int(rng.integers(0, 500))
    entities, keys = rng.integers(-1, count, rows), times_of(rng, rows, shape)
    digests = rng.integers(0, 3, rows).astype(np.uint64) << np.uint64(62)
    plain = sorted(np.flatnonzero(entities >= 0).tolist(), key=lambda row: (entities[row], keys[row], digests[row]))
    assert order_of(entities, count, keys, digests).tolist() == plain


def times_of(rng: np.random.Generator, rows: int, shape: str) -> Ints:
    """Returns times like those of topics, with many equal ones."""
    times = rng.integers(0, max(1, rows // 3), rows)
    if shape == "random":
        return times
    ordered = np.sort(times)
    if shape == "two partitions":
        return np.concatenate([ordered[::2], ordered[1::2]])
    return ordered[::-1].copy() if shape == "backwards" else ordered


def test_without_events_nothing_is_ordered() -> None:
    nothing = np.empty(0, np.int64)
    assert order_of(nothing, 0, nothing, np.empty(0, np.uint64)).tolist() == []


def test_content_tells_events_of_one_time_apart_whatever_the_order_of_reading() -> None:
    values = np.array([[1, 2], [2, 1], [1, 2], [1, 3]])
    lanes = np.array([[1, 0], [1, 0], [0, 1], [1, 0]], np.uint8)
    there = digests_of(events_of(values, lanes))
    back = digests_of(events_of(values[::-1].copy(), lanes[::-1].copy()))
    assert there.tolist() == back[::-1].tolist()
    assert len(set(there.tolist())) == 4


def events_of(values: Ints, lanes: np.ndarray) -> ShardEvents:
    """Returns events of one entity and time."""
    rows = len(values)
    times = np.zeros(rows, np.int64)
    return ShardEvents(pl.Series("id", ["a"] * rows), times, times, values, lanes, ())
