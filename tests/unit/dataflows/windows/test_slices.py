"""A shard that reads a backlog: slices are applied when they are complete, and a snapshot in between loses none."""

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
from tests.support.dataflow.live_shard import BASE, START, LiveShards, Specs, defined, orders
from tests.support.dataflow.shard import Row, plain
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.oracle.event_facts import Event

OTHERS: Mapping[str, Specs] = {
    "a changed filter": {**BASE, "n": {**BASE["n"], "filter": "amount > 3"}},
    "a changed value": {**BASE, "spend": {**BASE["spend"], "value": "amount * 2"}},
    "a new value": {**BASE, "top": {**BASE["spend"], "value": "amount + 1", "aggregation": "max"}},
}


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    return defined(tmp_path, BASE)


def shard_of(definitions: Definitions, snapshot: bytes | None = None) -> SlicedShard:
    """A shard that reads a backlog."""
    features = definitions.of_entity("user_id")

    def clock_of(marks: Mapping[str, int]) -> CatchUpClock:
        return CatchUpClock(lambda: START + 10**9, marks)

    built = sliced(WindowOperator("user_id", TileLayouts(features), clock_of, 1, 0), features)(snapshot)
    assert isinstance(built, SlicedShard)
    return built


def batch_of(live: LiveShards, definitions: Definitions, events: Sequence[Event], number: int) -> ShardBatch:
    """Events of a slice of that number, which several partitions share."""
    batch = live.shard(definitions).batch("orders", events)
    until = int(str(events[0]["timestamp"]))
    (raw,) = batch.cut.arrivals.batches
    arrivals = MergedBatch((replace(raw, progress=CatchUpProgress("here", until, number, shared=True)),))
    return ShardBatch(replace(batch.cut, arrivals=arrivals), batch.rows)


def batches_of(live: LiveShards, definitions: Definitions) -> list[ShardBatch]:
    """Two partitions that share ten slices: every second order is in the other one."""
    some = []
    for number in range(10):
        events = orders(40 * number, 40)
        some += [batch_of(live, definitions, part, number + 1) for part in (events[1::2], events[::2])]
    return some


def finished(live: LiveShards, definitions: Definitions) -> ShardBatch:
    """The end of the backlog."""
    batch = live.shard(definitions).batch("orders", [])
    (raw,) = batch.cut.arrivals.batches
    arrivals = MergedBatch((replace(raw, progress=CatchUpProgress("here", None)),))
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


def test_a_shard_resumed_anywhere_ends_with_the_same_rows(live: LiveShards, definitions: Definitions) -> None:
    batches, end = batches_of(live, definitions), finished(live, definitions)
    expected = newest(rows_of(definitions, applied(shard_of(definitions), [*batches, end])))
    assert sum(row.seq for row in expected.values()) == 400
    rng = rng_of(fresh_seed())
    for at in (1, 2, 3, 19, 20, *rng.integers(1, 20, 4).tolist()):
        first = shard_of(definitions)
        rows = rows_of(definitions, applied(first, batches[:at]))
        again = shard_of(definitions, first.snapshot())
        rows += rows_of(definitions, applied(again, [*batches[at:], end]))
        assert newest(rows) == expected
        assert shard_of(definitions, again.snapshot()) is not None


def test_buffered_events_come_back_as_they_were(live: LiveShards, definitions: Definitions) -> None:
    batches = batches_of(live, definitions)
    back = shard_batch_codec.decode(shard_batch_codec.encode(batches))
    for one, other in zip(batches, back, strict=True):
        assert [*facts(one)] == [*facts(other)]
        assert one.cut.arrivals.progress == other.cut.arrivals.progress
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
    dtypes = [str(column.dtype) for column in columns]
    return [cut.source, cut.newest, ids, texts, payloads, numbers, columns.lanes[start:stop].tolist(), dtypes]


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
    with pytest.raises(SnapshotDamaged, match="is of version 1; this release reads version 2; hint: run the release"):
        shard_of(definitions, b"HELD\x01" + len(held).to_bytes(8, "little") + held)
