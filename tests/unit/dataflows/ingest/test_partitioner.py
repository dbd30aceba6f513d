"""Tests routing: the fixed shard of an event, and what crosses the exchange."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dataflows.compiler.inputs import source_inputs
from dataflows.definitions.loader import Definitions
from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.decoding.decoder import Decoder, EventBatch
from dataflows.ingest.event_limits import EventLimits
from dataflows.ingest.partitioner import PartitionedBatch, Partitioner, ShardBatch, WatermarkBroadcast, shard_key
from dataflows.ingest.projection import Projection
from dataflows.kernels.arrays import Batch
from dataflows.kernels.strings.string_array import Strings
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.factories.definitions import by_hand
from tests.support.oracle.event_facts import Event

FOREVER = {"source": "orders", "window": "lifetime"}
SPECS: dict[str, dict[str, object]] = {
    "n": {**FOREVER, "aggregation": "count", "value_type": "INT64", "filter": "event_type = 'view'"},
    "spend": {**FOREVER, "aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
    "pieces": {**FOREVER, "aggregation": "sum", "value": "quantity", "value_type": "INT64"},
    "kinds": {**FOREVER, "aggregation": "distinct_count", "value": "category", "value_type": "INT64"},
    "about": {**FOREVER, "aggregation": "approx_distinct", "value": "country", "value_type": "INT64"},
}
GOLDEN = [("", 48), ("0", 56), ("u1", 58), ("u2", 44), ("user-12345", 38), ("Österreich", 41), ("🎉", 47)]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """Returns five features of a user."""
    return by_hand(tmp_path_factory.mktemp("specs"), **SPECS)


def order(user: str | None, time: int = 1, **columns: object) -> Event:
    return {"event_type": "view", "user_id": user, "item_id": "i", "timestamp": time, **columns}


def decoded(definitions: Definitions, events: Sequence[Event]) -> EventBatch:
    """Decodes a batch of orders."""
    return Decoder(definitions.sources["orders"], EventLimits(empty_id=True))(
        raw_batch("7", events, None if events else 0)
    )


def routed(
    definitions: Definitions, events: Sequence[Event], shards: int = 4, everywhere: bool = False
) -> dict[str, ShardBatch]:
    """Returns the batch of each shard of users."""
    source, feed = definitions.sources["orders"], source_inputs(definitions.of_entity("user_id"))["orders"]
    evaluator = Projection(source, [feed])
    router = Partitioner("user_id", feed, evaluator, shards, everywhere)
    return dict(router(evaluator(decoded(definitions, events))))


def own(batch: ShardBatch) -> PartitionedBatch:
    """Returns a shard's events without those of the others."""
    cut, rows = batch.cut, slice(batch.rows.start, batch.rows.stop)
    offsets = cut.batch.offsets[rows.start : rows.stop + 1]
    ids = cut.batch.ids[offsets[0] : offsets[-1]]
    rest = cut.batch.times[rows], cut.batch.values[rows], cut.batch.lanes[rows]
    texts = {
        index: (Strings(t.offsets[rows.start : rows.stop + 1], t.data), present[rows])
        for index, (t, present) in cut.texts.items()
    }
    columns = Batch(cut.batch.hashes[rows], offsets - offsets[0], ids, *rest)
    return replace(cut, batch=columns, texts=texts, rows=cut.rows[rows])


def ids(batch: ShardBatch) -> list[str]:
    """Returns the entities of a batch's rows."""
    offsets, data = own(batch).batch.offsets, own(batch).batch.ids.tobytes()
    return [data[a:b].decode() for a, b in pairwise(offsets.tolist())]


@pytest.mark.parametrize(("user", "shard"), GOLDEN)
def test_the_shard_of_an_entity_never_changes(definitions: Definitions, user: str, shard: int) -> None:
    """Saved state is bound to it: a failure here means that every recovery store is lost."""
    assert list(routed(definitions, [order(user)], shards=64)) == [shard_key(shard)]


def test_every_event_goes_to_the_one_shard_of_its_entity_in_order(definitions: Definitions) -> None:
    rng = np.random.default_rng(5)
    events = [order(f"u{rng.integers(40)}", time + 1) for time in range(500)]
    shards = routed(definitions, events)
    assert set(shards) == {"000", "001", "002", "003"}
    of_shard = {shard: set(ids(batch)) for shard, batch in shards.items()}
    assert sum(map(len, of_shard.values())) == len({event["user_id"] for event in events})
    for shard, batch in shards.items():
        mine = [event for event in events if event["user_id"] in of_shard[shard]]
        assert ids(batch) == [event["user_id"] for event in mine]
        assert own(batch).batch.times.tolist() == [event["timestamp"] for event in mine]
        assert [events[row] for row in own(batch).rows] == mine
        assert batch.cut.newest == 500


def test_what_no_feature_takes_is_not_sent(definitions: Definitions) -> None:
    """Events without a key, or without a selection: `n` wants views, the others a value."""
    refund = {**order("u2"), "event_type": "refund"}
    shards = routed(definitions, [order(None, amount=1.0), refund, order("u1")], shards=1)
    assert ids(shards["000"]) == ["u1"]


def test_a_quiet_shard_hears_only_in_a_replay(definitions: Definitions) -> None:
    assert list(routed(definitions, [order("u1", 9)])) == ["002"]
    heard = routed(definitions, [order("u1", 9)], everywhere=True)
    assert {shard: (len(b.rows), b.cut.newest) for shard, b in heard.items()} == {
        "000": (0, 9),
        "001": (0, 9),
        "002": (1, 9),
        "003": (0, 9),
    }
    nothing = routed(definitions, [], everywhere=True)
    assert [(len(b.rows), b.cut.newest) for b in nothing.values()] == [(0, None)] * 4


def test_an_entity_type_without_events_of_a_source_hears_how_far_it_is(definitions: Definitions) -> None:
    source, feed = definitions.sources["orders"], source_inputs(definitions.of_entity("user_id"))["orders"]
    evaluated = Projection(source, [feed])(decoded(definitions, [order("u1", 9)]))
    ticks = list(WatermarkBroadcast(3)(evaluated))
    assert [(shard, len(b.rows), b.cut.newest, b.cut.source) for shard, b in ticks] == [
        (f"00{shard}", 0, 9, "orders") for shard in range(3)
    ]


def test_lanes_let_in_what_is_there_and_finite(definitions: Definitions) -> None:
    """Nulls and non-finite values are not folded; each feature has its own selection."""
    events = [
        order("u1", amount=1.5, quantity=2, category="a", country="GB"),
        order("u1", amount=None, quantity=None),
        {**order("u1", amount=0.0, category=""), "event_type": "refund"},
    ]
    feed = source_inputs(definitions.of_entity("user_id"))["orders"]
    batch = routed(definitions, events, shards=1)["000"].cut.batch
    admitted = {selection.value or "n": batch.lanes[:, lane].tolist() for lane, selection in enumerate(feed.selections)}
    assert admitted == {
        "n": [1, 1, 0],
        "amount": [1, 0, 1],
        "quantity": [1, 0, 0],
        "category": [1, 0, 1],
        "country": [1, 0, 0],
    }


def test_infinite_values_are_let_in_nowhere(tmp_path: Path) -> None:
    ratio = {**FOREVER, "aggregation": "sum", "value": "amount / quantity", "value_type": "DOUBLE"}
    definitions = by_hand(tmp_path, ratio=ratio)
    events = [order("u1", amount=1.0, quantity=0), order("u1", amount=0.0, quantity=0)]
    assert routed(definitions, events) == {}


def test_equal_numbers_are_equal_words(definitions: Definitions) -> None:
    """-0.0 is 0.0, also when words are counted."""
    feed = source_inputs(definitions.of_entity("user_id"))["orders"]
    events = [order("u1", amount=0.0), order("u1", amount=-0.0), order("u1", amount=2.5)]
    batch = routed(definitions, events, shards=1)["000"].cut.batch
    column = next(index for index, value in enumerate(feed.values) if value.text == "amount")
    assert batch.values[:, column].view(np.float64).tolist() == [0.0, 0.0, 2.5]
    assert batch.values[0, column] == batch.values[1, column]


def assert_equal(left: PartitionedBatch, right: PartitionedBatch) -> None:
    """Checks that both hold the same events."""
    for a, b in zip(left.batch, right.batch, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    assert left.texts.keys() == right.texts.keys()
    for column, (texts, present) in left.texts.items():
        assert right.texts[column][0].to_list() == texts.to_list()
        np.testing.assert_array_equal(present, right.texts[column][1], strict=True)
    assert (left.source, left.newest) == (right.source, right.newest)


@pytest.mark.parametrize("ended", [False, True])
def test_a_batch_is_the_same_on_another_worker(definitions: Definitions, ended: bool) -> None:
    """Also the origin that a replay's clock and the dead letters need."""
    events = [order(f"u{i}", i + 1, amount=i / 7, category="é" * i) for i in range(30)]
    for batch in routed(definitions, events, everywhere=True).values():
        (raw,) = batch.cut.arrivals.batches
        sent = replace(batch, cut=replace(batch.cut, arrivals=MergedBatch((replace(raw, ended=ended),))))
        got: ShardBatch = pickle.loads(pickle.dumps(sent))
        assert got.rows == range(len(got.cut.batch.times))
        assert_equal(own(sent), got.cut)
        (before,), (after,) = sent.cut.arrivals.batches, got.cut.arrivals.batches
        assert after.payloads == [before.payloads[row] for row in own(sent).rows]
        assert got.cut.rows.tolist() == list(got.rows)
        assert (after.partition, after.published_ms, after.newest_ms, after.ended) == ("7", 30, 30, ended)
        assert "7:29" in after.position(0)


def test_only_its_own_payloads_go_along(definitions: Definitions) -> None:
    """A batch cut for 4 shards is sent once, not four times."""
    events = [order(f"u{i}", i + 1) for i in range(200)]
    parts = [pickle.loads(pickle.dumps(part)) for part in routed(definitions, events).values()]
    assert sum(len(part.cut.arrivals.payloads) for part in parts) == 200
    assert sum(len(part.cut.batch.times) for part in parts) == 200
