"""Tests reading embedded topics: every row, once, in order, from any snapshot."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, run_main

from connectors.embedded import segments
from connectors.embedded.topic_folder import open_topic
from connectors.embedded.topics import (
    EmbeddedHistoryTrimmed,
    EmbeddedUnknownSnapshot,
    LogSink,
    LogSource,
    TopicRetention,
    TopicWriter,
)
from connectors.messages import Outgoing, RawBatch
from tests.support.factories.topics.embedded_topic import (
    ONE,
    SMALL,
    TOPIC,
    clock,
    everything,
    never,
    payloads,
    put,
    rows,
    source,
)
from tests.support.generators.seeds import fresh_seed


def test_a_topic_is_read_as_it_was_written(tmp_path: Path) -> None:
    put(tmp_path, payloads(25))
    batches = everything(source(tmp_path, batch_rows=10))
    assert [len(batch.payloads) for batch in batches] == [10, 10, 5]
    assert rows(batches) == payloads(25)
    assert [batch.ended for batch in batches] == [False, False, True]
    assert batches[1].position(3) == "0:13"
    assert (batches[0].published_ms, batches[0].newest_ms) == (clock(), clock())


def test_a_bounded_empty_topic_ends_with_an_empty_batch(tmp_path: Path) -> None:
    (batch,) = everything(source(tmp_path))
    assert (batch.payloads, batch.ended) == ([], True)


def test_a_bounded_read_ends_at_what_was_there(tmp_path: Path) -> None:
    put(tmp_path, payloads(10))
    partition = source(tmp_path, batch_rows=4).build_part("in", "0", None)
    read = partition.next_batch()
    put(tmp_path, payloads(10, 10))
    read += partition.next_batch() + partition.next_batch()
    assert rows(read) == payloads(10)
    assert read[-1].ended
    with pytest.raises(StopIteration):
        partition.next_batch()


def test_new_rows_are_followed_across_segments(tmp_path: Path) -> None:
    folder = open_topic(tmp_path, TOPIC, SMALL).partition(0)
    partition = source(tmp_path, bounded=False).build_part("in", "0", None)
    assert partition.next_batch() == []
    assert partition.next_awake() is not None
    for start in range(0, 2_000, 8):
        put(tmp_path, payloads(8, start))
        assert rows(partition.next_batch()) == payloads(8, start)
    assert partition.next_awake() is None
    assert len(segments.segments(folder)) > 50


def test_reading_goes_on_exactly_where_a_snapshot_was(tmp_path: Path) -> None:
    choose = random.Random(fresh_seed())
    for start in range(0, 3_000, 10):
        put(tmp_path, payloads(10, start), SMALL)
    read, state = list[RawBatch](), None
    while len(rows(read)) < 3_000:
        partition = source(tmp_path, False, choose.randint(1, 200)).build_part("in", "0", state)
        for _ in range(choose.randint(0, 3)):
            read += partition.next_batch()
        state = partition.snapshot()
        partition.close()
    assert rows(read) == payloads(3_000)


def test_half_a_line_is_waited_for(tmp_path: Path) -> None:
    put(tmp_path, payloads(1))
    path = segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0)
    whole = path.read_bytes()
    partition = source(tmp_path, bounded=False).build_part("in", "0", None)
    path.write_bytes(whole + whole[:12])
    assert rows(partition.next_batch()) == payloads(1)
    assert partition.next_batch() == []
    path.write_bytes(whole + whole)
    assert rows(partition.next_batch()) == payloads(1)


def test_a_line_longer_than_any_block_is_read(tmp_path: Path) -> None:
    long = b'{"text":"%b"}' % (b"x" * (20 << 20))
    put(tmp_path, [*payloads(2), long, *payloads(2)])
    assert rows(everything(source(tmp_path))) == [*payloads(2), long, *payloads(2)]


def test_latest_starts_behind_what_is_there(tmp_path: Path) -> None:
    put(tmp_path, payloads(5))
    latest = LogSource(tmp_path, TOPIC, stopping=never, clock=clock, start="latest")
    partition = latest.build_part("in", "0", None)
    put(tmp_path, payloads(2, 5))
    (batch,) = partition.next_batch()
    assert (batch.payloads, batch.position(0)) == (payloads(2, 5), "0:5")


def test_rows_of_an_epoch_are_limited(tmp_path: Path) -> None:
    put(tmp_path, payloads(100))
    partition = source(tmp_path, False, 20, rows_per_epoch=50).build_part("in", "0", None)
    read = [len(rows(partition.next_batch())) for _ in range(5)]
    assert read == [20, 20, 10, 0, 0]
    partition.snapshot()
    assert len(rows(partition.next_batch())) == 20


def test_stopping_ends_without_a_closing_batch(tmp_path: Path) -> None:
    put(tmp_path, payloads(5))
    partition = LogSource(tmp_path, TOPIC, stopping=lambda: True, clock=clock).build_part("in", "0", None)
    with pytest.raises(StopIteration):
        partition.next_batch()


def test_only_the_newest_segments_are_kept(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=5_000)
    folder = open_topic(tmp_path, TOPIC, keeping).partition(0)
    small = source(tmp_path, False, batch_rows=10)
    put(tmp_path, payloads(10))
    reader = small.build_part("in", "0", None)
    assert rows(reader.next_batch()) == payloads(10)
    state = reader.snapshot()
    for start in range(10, 1_000, 10):
        put(tmp_path, payloads(10, start))
    assert sum(path.stat().st_size for path in folder.glob("*.jsonl")) < 7_000
    before = rows(everything(source(tmp_path)))
    assert before == payloads(1_000)[-len(before) :]
    with pytest.raises(EmbeddedHistoryTrimmed, match="continues at row 10, but the topic holds rows from"):
        small.build_part("in", "0", state).next_batch()
    with pytest.raises(EmbeddedHistoryTrimmed):  # a reader that had the segment open when it was removed
        while True:
            assert reader.next_batch()


def test_a_reader_at_the_end_of_a_removed_segment_has_lost_nothing(tmp_path: Path) -> None:
    put(tmp_path, payloads(100), SMALL)
    partition = source(tmp_path, False).build_part("in", "0", None)
    assert rows(partition.next_batch()) == payloads(100)
    state = partition.snapshot()
    put(tmp_path, payloads(10, 100))
    segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0).unlink()
    assert rows(source(tmp_path, False).build_part("in", "0", state).next_batch()) == payloads(10, 100)
    assert rows(partition.next_batch()) == payloads(10, 100)


@pytest.mark.parametrize("state", [b'{"version":2,"segment":0,"byte":0,"row":0}', b"\x80\x04N."])
def test_a_position_of_another_version_is_refused(tmp_path: Path, state: bytes) -> None:
    with pytest.raises(EmbeddedUnknownSnapshot):
        source(tmp_path).build_part("in", "0", state)


def test_a_dataflow_reads_and_writes_topics(tmp_path: Path) -> None:
    writer = TopicWriter(open_topic(tmp_path, TOPIC), clock)
    keys = [f"u{number}" for number in range(1_000)]
    writer.write(writer.pending(keys, payloads(1_000)))
    writer.close()
    flow, seen = Dataflow("copy"), list[int]()
    stream = op.input(
        "in",
        flow,
        LogSource(tmp_path, TOPIC, stopping=never, clock=clock, bounded=True, rows_per_epoch=100, batch_rows=40),
    )
    op.output("seen", op.map("count", stream, lambda batch: len(batch.payloads)), TestingSink(seen))
    copies = op.map("copy", stream, lambda b: ("0", Outgoing(["k"] * len(b.payloads), list(b.payloads))))
    op.output("out", copies, LogSink(tmp_path, "copies", partitions=1, stopping=never, clock=clock, keeping=ONE))
    run: Callable[..., None] = run_main
    run(flow, epoch_interval=timedelta(milliseconds=20))
    copied = everything(LogSource(tmp_path, "copies", stopping=never, clock=clock, bounded=True))
    assert sorted(rows(copied)) == sorted(payloads(1_000))
    assert max(seen) == 40
