"""Tests events of several batches and sources in the order of event time, entity by entity."""

from itertools import pairwise

import numpy as np
import pytest

from connectors.messages import RawBatch
from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.partitioner import PartitionedBatch, ShardBatch
from dataflows.ingest.time_order import in_time_order, split_at
from dataflows.kernels.arrays import Batch
from tests.support.generators.seeds import fresh_seed, rng_of

Event = tuple[str, int, int]
"""Source, entity and time."""
DELAY = 1_000


def batch(source: str, events: list[Event], skipped: int) -> ShardBatch:
    """Returns events as a part of a cut that begins with some of another shard."""
    whole = [(source, 99, 0)] * skipped + events
    payloads = [repr(event).encode() for event in whole]
    published = np.array([time + DELAY for _, _, time in whole], np.int64)
    raw = RawBatch("0", payloads, 0, 0, str, arrivals=lambda: published)
    ids = "".join(f"{entity:02d}" for _, entity, _ in whole).encode()
    columns = Batch(
        np.array([entity for _, entity, _ in whole], np.int64),
        np.arange(0, 2 * len(whole) + 1, 2),
        np.frombuffer(ids, np.uint8),
        np.array([time for _, _, time in whole], np.int64),
        np.arange(len(whole), dtype=np.int64).reshape(-1, 1),
        np.ones((len(whole), 1), np.uint8),
    )
    cut = PartitionedBatch(source, columns, {}, MergedBatch((raw,)), np.arange(len(whole)), None)
    return ShardBatch(cut, range(skipped, len(whole)))


def events_of(item: ShardBatch) -> list[Event]:
    """Returns the content of a batch, each column checked against its payload."""
    order = []
    for row in item.rows:
        columns, raw = item.cut.batch, item.cut.arrivals
        event = (item.cut.source, int(columns.hashes[row]), int(columns.times[row]))
        ids = bytes(columns.ids[columns.offsets[row] : columns.offsets[row + 1]])
        assert ids == b"%02d" % event[1]
        assert raw.payloads[int(item.cut.rows[row])] == repr(event).encode()
        order.append(event)
    return order


def made(rng: np.random.Generator, sources: str) -> tuple[list[ShardBatch], list[Event]]:
    """Returns batches, and the events in them, whose times differ."""
    times = iter(rng.permutation(400).tolist())
    drawn = [
        [(source, int(rng.integers(6)), next(times)) for _ in range(int(rng.integers(1, 40)))] for source in sources
    ]
    batches = [batch(events[0][0], events, int(rng.integers(3))) for events in drawn]
    return batches, [event for events in drawn for event in events]


@pytest.mark.parametrize("sources", ["aa", "ab", "aabb", "abcab"])
def test_each_entity_has_its_events_in_the_order_of_time(sources: str) -> None:
    batches, events = made(rng_of(fresh_seed()), sources)
    got = [event for item in in_time_order(batches) for event in events_of(item)]
    assert sorted(got) == sorted(events)
    for entity in range(6):
        times = [time for _, owner, time in got if owner == entity]
        assert all(earlier < later for earlier, later in pairwise(times))


def test_one_batch_of_one_partition_stays_as_it_was_published() -> None:
    late_last = batch("a", [("a", 1, 5), ("a", 1, 3)], 1)
    assert list(in_time_order([late_last])) == [late_last]


def test_a_split_by_publish_time_parts_all_events() -> None:
    batches, events = made(rng_of(fresh_seed()), "abab")
    before, after = split_at(batches, 200 + DELAY)
    assert sorted(event for item in before for event in events_of(item)) == sorted(e for e in events if e[2] < 200)
    assert sorted(event for item in after for event in events_of(item)) == sorted(e for e in events if e[2] >= 200)
