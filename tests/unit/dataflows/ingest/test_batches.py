"""Tests coalesced batches: rows find their batch, and only the cost of a batch changes."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest

from connectors.messages import RawBatch
from dataflows.definitions.loader import Source, load
from dataflows.ingest.batches import MergedBatch, arrivals_of, coalesce
from dataflows.ingest.decoding.decoder import Decoder
from tests.support.generators.seeds import rng_of, seeds

MINUTE_MS = 60_000


def batch(partition: str, payloads: Sequence[bytes], newest_ms: int = 10) -> RawBatch:
    return RawBatch(partition, list(payloads), newest_ms - 5, newest_ms, lambda row: f"{partition}:{row}")


def of_sizes(sizes: Sequence[int]) -> tuple[RawBatch, ...]:
    """Returns batches whose payloads name their partition and row."""
    return tuple(
        batch(str(number), [b"%d:%d" % (number, row) for row in range(size)], number)
        for number, size in enumerate(sizes)
    )


def random_sizes(rng: np.random.Generator) -> list[int]:
    return [int(size) for size in rng.integers(0, 4, size=rng.integers(1, 6))]


@pytest.mark.parametrize("seed", seeds(20))
def test_every_row_finds_its_batch(seed: int) -> None:
    batches = of_sizes(random_sizes(rng_of(seed)))
    arrivals = MergedBatch(batches)
    for row, payload in enumerate(arrivals.payloads):
        raw, index = arrivals.place(row)
        assert raw.payloads[index] == payload
        assert raw.position(index).encode() == payload
        assert arrivals.arrived(np.array([row])).tolist() == [raw.newest_ms]


@pytest.mark.parametrize("seed", seeds(20))
def test_messages_are_asked_when_they_arrived_where_they_know(seed: int) -> None:
    """Some batches know it by message, some only as a whole; some are empty."""
    rng = rng_of(seed)
    batches = tuple(
        replace(raw, arrived=(1_000 * number).__add__ if rng.random() < 0.7 else None)
        for number, raw in enumerate(of_sizes([*random_sizes(rng), 0, 3]))
    )
    arrivals = MergedBatch(batches)
    rows = np.flatnonzero(rng.random(len(arrivals.payloads)) < 0.6)
    places = [arrivals.place(row) for row in rows.tolist()]
    assert arrivals.arrived(rows).tolist() == [
        raw.arrived(index) if raw.arrived else raw.newest_ms for raw, index in places
    ]


@pytest.mark.parametrize("seed", seeds(20))
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_many_messages_are_asked_at_once(seed: int, share: float) -> None:
    """Some batches know all arrivals at once, some one by one, some both, some neither."""
    rng = rng_of(seed)
    batches = tuple(
        replace(
            raw,
            arrived=(1_000 * number).__add__ if rng.random() < 0.5 else None,
            arrivals=partial(np.arange, 1_000 * number, 1_000 * number + len(raw.payloads))
            if rng.random() < 0.5
            else None,
        )
        for number, raw in enumerate(of_sizes([*random_sizes(rng), 0, 40]))
    )
    merged = MergedBatch(batches)
    rows = np.flatnonzero(rng.random(len(merged.payloads)) < share)
    places = [merged.place(row) for row in rows.tolist()]
    expected = [
        raw.newest_ms if raw.arrived is None and raw.arrivals is None else 1_000 * batches.index(raw) + index
        for raw, index in places
    ]
    assert merged.arrived(rows).tolist() == expected


@pytest.mark.parametrize("seed", seeds(20))
def test_what_is_picked_stays_with_its_batch(seed: int) -> None:
    rng = rng_of(seed)
    arrivals = MergedBatch(of_sizes(random_sizes(rng)))
    rows = np.flatnonzero(rng.random(len(arrivals.payloads)) < 0.5)
    got = arrivals_of(pickle.loads(pickle.dumps(arrivals.pick(rows))))
    assert got.payloads == [arrivals.payload(row) for row in rows.tolist()]
    assert [raw.partition for raw in got.batches] == [raw.partition for raw in arrivals.batches]
    for row, payload in enumerate(got.payloads):
        assert payload.startswith(got.place(row)[0].partition.encode() + b":")


@pytest.mark.parametrize("seed", seeds(20))
@pytest.mark.parametrize("most", [0, 1, 5, 100])
def test_groups_keep_order_and_size(seed: int, most: int) -> None:
    batches = of_sizes(random_sizes(rng_of(seed)))
    groups = list(coalesce(batches, most))
    assert tuple(raw for group in groups for raw in group) == batches
    assert all(sum(len(raw.payloads) for raw in group) <= most or len(group) == 1 for group in groups)


@pytest.fixture(scope="module")
def orders() -> Source:
    return load(Path("feature_specs")).sources["orders"]


def test_each_batch_has_its_own_arrival(orders: Source) -> None:
    """An event six minutes ahead of its batch is rejected, also if other batches arrived with it."""
    ahead = msgspec.json.encode({"event_type": "refund", "user_id": "u1", "timestamp": 7 * MINUTE_MS})
    events = Decoder(orders)(batch("0", [ahead], MINUTE_MS), batch("1", [ahead, b"{"], 6 * MINUTE_MS))
    assert events.times.tolist() == [7 * MINUTE_MS]
    assert events.rows.tolist() == [1]
    partitions = {reject.reason: events.arrivals.place(reject.row)[0].partition for reject in events.rejects}
    assert partitions == {"future": "0", "malformed": "1"}


def test_the_oldest_publish_time_is_that_of_a_payload() -> None:
    assert MergedBatch((batch("0", [], 7), batch("1", [b"{}"], 20))).published_ms == 15
    assert MergedBatch((batch("0", [], 7),)).published_ms == 2
