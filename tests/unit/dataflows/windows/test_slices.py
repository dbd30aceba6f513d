"""Tests a shard that reads a backlog: slices are applied when complete, and a snapshot in between loses none."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.messages import CatchUpProgress
from dataflows.compiler.inputs import source_inputs
from dataflows.compiler.program import TileLayouts
from dataflows.definitions.loader import Definitions
from dataflows.ingest import shard_batch_codec
from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.partitioner import ShardBatch
from dataflows.rows.assembler import RowAssembler
from dataflows.state import SnapshotDamaged
from dataflows.windows import CatchUpClock, DefinitionsChanged, SlicedShard, WindowOperator, sliced
from dataflows.windows.messages import Outcome, ShardRows
from tests.support.dataflow.shards.live_shard import BASE, START, LiveShards, Specs, defined, orders
from tests.support.dataflow.shards.shard import Row, plain
from tests.support.generators.seeds import some
from tests.support.oracle.event_facts import Event
from tests.support.programs.backlog_deployment import stamp

DELAY = 205_000

OTHERS: Mapping[str, Specs] = {
    "a changed filter": {**BASE, "n": {**BASE["n"], "filter": "amount > 3"}},
    "a changed value": {**BASE, "spend": {**BASE["spend"], "value": "amount * 2"}},
    "a new value": {**BASE, "top": {**BASE["spend"], "value": "amount + 1", "aggregation": "max"}},
}


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    return defined(tmp_path, BASE)


def shard_of(definitions: Definitions, snapshot: bytes | None = None) -> SlicedShard:
    """Returns a shard that reads a backlog."""
    features = definitions.of_entity("user_id")

    def clock_of(marks: Mapping[str, int]) -> CatchUpClock:
        return CatchUpClock(lambda: START + 10**9, marks)

    built = sliced(WindowOperator("user_id", TileLayouts(features), clock_of, 1, 0), features)(snapshot)
    assert isinstance(built, SlicedShard)
    return built


def batch_of(
    live: LiveShards, definitions: Definitions, events: Sequence[Event], progress: CatchUpProgress
) -> ShardBatch:
    """Returns events published DELAY ms after they happened."""
    batch = live.shard(definitions).batch("orders", events)
    published = np.array([stamp(event) + DELAY for event in events], np.int64)
    (raw,) = batch.cut.arrivals.batches
    raw = replace(raw, published_ms=int(published[0]), newest_ms=int(published[-1]), arrivals=lambda: published)
    arrivals = MergedBatch((replace(raw, progress=progress),))
    return ShardBatch(replace(batch.cut, arrivals=arrivals), batch.rows)


def batches_of(live: LiveShards, definitions: Definitions, skipped: int = 0, process: str = "one") -> list[ShardBatch]:
    """Returns two partitions that share slices, with every second order in the other one; without the first ones, in
    new slices."""
    parts = [orders(40 * number, 40)[first::2] for number in range(10) for first in (1, 0)][skipped:]
    slices = [parts[:1], *pairs(parts[1:])] if skipped % 2 else pairs(parts)
    starts = [min(stamp(event) for part in some for event in part) + DELAY for some in slices]
    return [
        batch_of(live, definitions, part, CatchUpProgress(process, starts[max(0, index - 1)], index + 1, shared=True))
        for index, some in enumerate(slices)
        for part in some
    ]


def pairs(parts: Sequence[list[Event]]) -> list[list[list[Event]]]:
    return [list(parts[start : start + 2]) for start in range(0, len(parts), 2)]


def finished(live: LiveShards, definitions: Definitions, process: str = "one") -> ShardBatch:
    """Returns the end of the backlog."""
    batch = live.shard(definitions).batch("orders", [])
    (raw,) = batch.cut.arrivals.batches
    arrivals = MergedBatch((replace(raw, progress=CatchUpProgress(process, None)),))
    return ShardBatch(replace(batch.cut, arrivals=arrivals), range(0))


def rows_of(definitions: Definitions, outcomes: Sequence[Outcome]) -> list[Row]:
    assembler = RowAssembler(definitions.of_entity("user_id"), 1)
    assert all(isinstance(outcome, ShardRows) for outcome in outcomes)
    return [
        row
        for outcome in outcomes
        if isinstance(outcome, ShardRows)
        for _, assembled in assembler([("000", outcome)])
        for row in plain(assembled.frame)
    ]


def applied(shard: SlicedShard, batches: Sequence[ShardBatch]) -> list[Outcome]:
    return [outcome for batch in batches for outcome in shard.on_batch([batch])[0]]


def newest(rows: Sequence[Row]) -> dict[str, Row]:
    return {row.entity: row for row in rows}


@pytest.mark.parametrize("at", some(range(1, 20)))
def test_a_shard_resumed_anywhere_leaves_rows_that_are_right_at_their_time(
    live: LiveShards, definitions: Definitions, at: int
) -> None:
    """Events are published some time after they happen, so slices of publish time differ from slices of event time."""
    batches, end = batches_of(live, definitions), finished(live, definitions)
    expected = newest(rows_of(definitions, applied(shard_of(definitions), [*batches, end])))
    assert sum(row.seq for row in expected.values()) == 400
    first = shard_of(definitions)
    rows = rows_of(definitions, applied(first, batches[:at]))
    again = shard_of(definitions, first.snapshot())
    left = [*batches_of(live, definitions, at, "two"), finished(live, definitions, "two")]
    rows += rows_of(definitions, applied(again, left))
    assert newest(rows) == expected
    happened = {user: times_of(user) for user in expected}
    of_events = [row for row in rows if row.as_of % 10_000 == 1]  # others are at a boundary, ahead of the publish time
    assert len(of_events) >= 40
    assert [(row.entity, row.as_of, row.seq) for row in of_events] == [
        (row.entity, row.as_of, int(np.searchsorted(happened[row.entity], row.as_of))) for row in of_events
    ]


def times_of(user: str) -> list[int]:
    return [stamp(event) for event in orders(0, 400) if event["user_id"] == user]


def test_buffered_events_come_back_as_they_were(live: LiveShards, definitions: Definitions) -> None:
    batches = batches_of(live, definitions)
    back = shard_batch_codec.decode(shard_batch_codec.encode(batches))
    for batch, other in zip(batches, back, strict=True):
        assert [*facts(batch)] == [*facts(other)]
        assert batch.cut.arrivals.progress and not other.cut.arrivals.progress
        assert all(array.flags.writeable and array.flags.c_contiguous for array in other.cut.batch)


def facts(batch: ShardBatch) -> list[Any]:
    cut, (start, stop) = batch.cut, (batch.rows.start, batch.rows.stop)
    columns = cut.batch
    ids = [bytes(columns.ids[columns.offsets[row] : columns.offsets[row + 1]]) for row in batch.rows]
    texts = {
        column: (text.part(start, stop).to_list(), valid[start:stop].tolist())
        for column, (text, valid) in cut.texts.items()
    }
    payloads = [cut.arrivals.payloads[row] for row in cut.rows[start:stop].tolist()]
    numbers = [np.asarray(column[start:stop]).tolist() for column in (columns.hashes, columns.times, columns.values)]
    published = cut.arrivals.arrived(cut.rows[start:stop]).tolist()
    dtypes, lanes = [str(column.dtype) for column in columns], columns.lanes[start:stop].tolist()
    return [cut.source, cut.newest, ids, texts, payloads, published, numbers, lanes, dtypes]


@pytest.mark.parametrize("change", OTHERS)
def test_other_definitions_are_refused_while_a_slice_is_buffered(
    live: LiveShards, definitions: Definitions, tmp_path: Path, change: str
) -> None:
    shard = shard_of(definitions)
    applied(shard, batches_of(live, definitions)[:3])
    changed = defined(tmp_path, OTHERS[change])
    with pytest.raises(DefinitionsChanged, match="values or filters of features have changed since; hint: run the"):
        shard_of(changed, shard.snapshot())


def test_a_change_that_leaves_values_and_filters_is_none(
    live: LiveShards, definitions: Definitions, tmp_path: Path
) -> None:
    shard = shard_of(definitions)
    applied(shard, batches_of(live, definitions)[:3])
    wider = defined(tmp_path, {**BASE, "n": {**BASE["n"], "window": "20m"}})
    assert source_inputs(wider.of_entity("user_id")) == source_inputs(definitions.of_entity("user_id"))
    shard_of(wider, shard.snapshot())


def test_when_the_backlog_is_read_definitions_may_change(
    live: LiveShards, definitions: Definitions, tmp_path: Path
) -> None:
    shard = shard_of(definitions)
    applied(shard, [*batches_of(live, definitions), finished(live, definitions)])
    shard_of(defined(tmp_path, OTHERS["a changed filter"]), shard.snapshot())


@pytest.mark.parametrize("at", [0, 5, 12, 20, 33, 60, 200])
def test_a_damaged_snapshot_is_refused(live: LiveShards, definitions: Definitions, at: int) -> None:
    shard = shard_of(definitions)
    applied(shard, batches_of(live, definitions)[:3])
    snapshot = bytearray(shard.snapshot())
    snapshot[at] ^= 0x40
    with pytest.raises(SnapshotDamaged):
        shard_of(definitions, bytes(snapshot))
    with pytest.raises(SnapshotDamaged):
        shard_of(definitions, shard.snapshot()[: 20 + at])


def test_a_snapshot_of_the_version_before_is_refused_and_never_executed(definitions: Definitions) -> None:
    held = pickle.dumps(("layout", []))
    with pytest.raises(SnapshotDamaged, match="has version 1; this release reads version 2; hint: run the release"):
        shard_of(definitions, b"HELD\x01" + len(held).to_bytes(8, "little") + held)
