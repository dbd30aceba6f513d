"""Embedded topics: every byte comes back, once, in order, from any number of writers."""

import errno
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, run_main
from hypothesis import given
from hypothesis import strategies as st

from connectors import log_lines, log_segments
from connectors.log import (
    DiskFull,
    HistoryTrimmed,
    Keeping,
    LogSink,
    LogSource,
    TopicNameError,
    TopicWriter,
    UnknownSnapshot,
    append,
)
from connectors.log_topic import TopicMetaError, open_topic
from connectors.messages import Outgoing, RawBatch, Stopped

TOPIC = "persistent://public/default/events"
ONE = Keeping(partitions=1)
SMALL = Keeping(partitions=1, segment_bytes=1_000)


def clock() -> int:
    return 1_700_000_000_000


def never() -> bool:
    return False


def payloads(count: int, start: int = 0) -> list[bytes]:
    return [b'{"n":%d}' % number for number in range(start, start + count)]


def put(root: Path, some: list[bytes], keeping: Keeping = ONE) -> None:
    append(root, TOPIC, ["k"] * len(some), some, clock, keeping=keeping)


def source(root: Path, bounded: bool = True, batch_rows: int = 10_000, rows_per_epoch: int = 200_000) -> LogSource:
    return LogSource(
        root,
        TOPIC,
        stopping=never,
        clock=clock,
        bounded=bounded,
        batch_rows=batch_rows,
        rows_per_epoch=rows_per_epoch,
        keeping=ONE,
    )


def everything(found: LogSource, part: str = "0", resume: bytes | None = None) -> list[RawBatch]:
    partition, batches = found.build_part("in", part, resume), list[RawBatch]()
    while True:
        try:
            batches += partition.next_batch()
        except StopIteration:
            return batches
        partition.snapshot()


def rows(batches: list[RawBatch]) -> list[bytes]:
    return [payload for batch in batches for payload in batch.payloads]


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.binary()), min_size=1))
def test_any_bytes_come_back(messages: list[tuple[str, bytes]]) -> None:
    keys, some = [key for key, _ in messages], [payload for _, payload in messages]
    whole = b"".join(log_lines.lines(1, keys, some))
    assert whole.count(b"\n") == len(messages)
    assert log_lines.read(whole, len(messages), now_ms=2) == log_lines.Messages(some, 1, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 2]), st.sampled_from(["", " ", "\n", "}", ","]))
def test_json_and_broken_json_come_back(value: object, indent: int | None, tail: str) -> None:
    payload = (json.dumps(value, indent=indent) + tail).encode()
    whole = b"".join(log_lines.lines(1, ["k"], [payload]))
    msgspec.json.decode(whole)
    assert log_lines.read(whole, 1, now_ms=2).payloads == [payload]


@pytest.mark.parametrize(
    ("payload", "stored"),
    [
        (b'{"a": 1}', b'"v":{"a": 1}'),
        (b'{"a": ', b'"s":"{\\"a\\": "'),
        (b'{"a": 1}\n', b'"s":"{\\"a\\": 1}\\n"'),
        (b"\xff", b'"b":"/w=="'),
        (b"", b'"s":""'),
        (b"[" * 65 + b"]" * 65, b'"s":"' + b"[" * 65 + b"]" * 65 + b'"'),
        (b"[" * 100_000, b'"s":"' + b"[" * 100_000 + b'"'),
    ],
)
def test_a_line_is_read_by_people(payload: bytes, stored: bytes) -> None:
    assert log_lines.lines(7, ['a"b'], [payload]) == [b'{"t":7,"k":"a\\"b",%b}\n' % stored]


def test_lines_edited_by_hand_are_payloads_as_they_stand() -> None:
    whole = b'{"t": 5, "k": "a", "v": {"x": 1} }\nnonsense\n\n{"t":6}\n'
    assert log_lines.read(whole, 4, now_ms=9) == log_lines.Messages([b'{"x": 1}', b"nonsense", b"", b""], 5, 9)


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
    assert len(log_segments.segments(folder)) > 50


def test_the_first_to_make_a_topic_decides_how_it_is_kept(tmp_path: Path) -> None:
    first = open_topic(tmp_path, "events", SMALL)
    assert open_topic(tmp_path, TOPIC, Keeping(partitions=7)) == first


def test_a_segment_is_named_by_its_first_row(tmp_path: Path) -> None:
    for start in range(0, 2_000, 10):
        put(tmp_path, payloads(10, start), SMALL)
    folder = open_topic(tmp_path, TOPIC).partition(0)
    found = log_segments.segments(folder)
    assert len(found) > 50
    for first in found:
        text = log_segments.segment_path(folder, first).read_text().splitlines()
        assert f'"v":{{"n":{first}}}' in text[0]
    assert rows(everything(source(tmp_path, batch_rows=33))) == payloads(2_000)


def test_reading_goes_on_exactly_where_a_snapshot_was(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    choose = random.Random(seed)
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
    path = log_segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0)
    whole = path.read_bytes()
    partition = source(tmp_path, bounded=False).build_part("in", "0", None)
    path.write_bytes(whole + whole[:12])
    assert rows(partition.next_batch()) == payloads(1)
    assert partition.next_batch() == []
    path.write_bytes(whole + whole)
    assert rows(partition.next_batch()) == payloads(1)


def test_what_a_killed_writer_left_of_a_line_is_cut_off(tmp_path: Path) -> None:
    put(tmp_path, payloads(3))
    path = log_segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0)
    path.write_bytes(path.read_bytes() + b'{"t":17000')
    put(tmp_path, payloads(2, 3))
    assert rows(everything(source(tmp_path))) == payloads(5)


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
    keeping = Keeping(partitions=1, segment_bytes=1_000, retain_bytes=5_000)
    folder = open_topic(tmp_path, TOPIC, keeping).partition(0)
    small = source(tmp_path, False, batch_rows=10)
    put(tmp_path, payloads(10))
    reader = small.build_part("in", "0", None)
    assert rows(reader.next_batch()) == payloads(10)
    state = reader.snapshot()
    for start in range(10, 1_000, 10):
        put(tmp_path, payloads(10, start))
    assert sum(path.stat().st_size for path in folder.glob("*.jsonl")) < 7_000
    kept = rows(everything(source(tmp_path)))
    assert kept == payloads(1_000)[-len(kept) :]
    with pytest.raises(HistoryTrimmed, match="continues at row 10, but the topic holds rows from"):
        small.build_part("in", "0", state).next_batch()
    with pytest.raises(HistoryTrimmed):  # a reader that had the segment open when it was removed
        while True:
            assert reader.next_batch()


def test_a_reader_at_the_end_of_a_removed_segment_has_lost_nothing(tmp_path: Path) -> None:
    put(tmp_path, payloads(100), SMALL)
    partition = source(tmp_path, False).build_part("in", "0", None)
    assert rows(partition.next_batch()) == payloads(100)
    state = partition.snapshot()
    put(tmp_path, payloads(10, 100))
    log_segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0).unlink()
    assert rows(source(tmp_path, False).build_part("in", "0", state).next_batch()) == payloads(10, 100)
    assert rows(partition.next_batch()) == payloads(10, 100)


@pytest.mark.parametrize("state", [b'{"version":2,"segment":0,"byte":0,"row":0}', b"\x80\x04N."])
def test_a_position_of_another_version_is_refused(tmp_path: Path, state: bytes) -> None:
    with pytest.raises(UnknownSnapshot):
        source(tmp_path).build_part("in", "0", state)


WRITER = """
import sys
from pathlib import Path
from connectors.log import append
name, root = sys.argv[1], Path(sys.argv[2])
for start in range(0, 5000, 50):
    some = [b'{"writer":"%s","n":%d}' % (name.encode(), n) for n in range(start, start + 50)]
    append(root, "events", [name] * 50, some, clock=lambda: 1)
"""


def test_two_processes_append_at_once_and_lose_nothing(tmp_path: Path) -> None:
    open_topic(tmp_path, TOPIC, Keeping(partitions=1, segment_bytes=2_000))
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name, str(tmp_path)]) for name in "ab"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    read = rows(everything(source(tmp_path)))
    for name in (b"a", b"b"):
        expected = [b'{"writer":"%b","n":%d}' % (name, number) for number in range(5_000)]
        assert [payload for payload in read if b'"%b"' % name in payload] == expected
    assert len(read) == 10_000


def test_equal_keys_share_a_partition_and_keep_their_order(tmp_path: Path) -> None:
    keys = [f"u{number % 9}" for number in range(900)]
    some = [b'{"key":"%b","n":%d}' % (key.encode(), number) for number, key in enumerate(keys)]
    sink = LogSink(tmp_path, TOPIC, partitions=3, stopping=never, clock=clock)
    assert sink.list_parts() == ["0", "1", "2"]
    partition = sink.build_part("out", str(sink.part_fn("2")), None)
    partition.write_batch([Outgoing(keys[:400], some[:400]), Outgoing(keys[400:], some[400:])])
    partition.snapshot()
    partition.close()
    found = LogSource(tmp_path, TOPIC, stopping=never, clock=clock, bounded=True)
    read = [rows(everything(found, part)) for part in found.list_parts()]
    assert all(read)
    assert sorted(read[0] + read[1]) == sorted(some)
    for part in read:
        numbers = [int(payload.rsplit(b":", 1)[1][:-1]) for payload in part]
        assert numbers == sorted(numbers)
        owned = {payload.split(b'"')[3] for payload in part}
        assert all((payload.split(b'"')[3] in owned) == (payload in part) for payload in some)


def full_after(monkeypatch: pytest.MonkeyPatch, room: list[int]) -> None:
    """A disk on which only `room[0]` more bytes fit."""
    real: Callable[[int, bytes], int] = os.write

    def write(file: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        some = bytes(data)[: room[0]]
        room[0] -= len(some)
        return real(file, some)

    monkeypatch.setattr(os, "write", write)


def test_a_full_disk_is_said_and_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, payloads(3))
    full_after(monkeypatch, [100])
    with pytest.raises(DiskFull, match="No space left on device; free some space"):
        put(tmp_path, payloads(10, 3))
    monkeypatch.undo()
    read = rows(everything(source(tmp_path)))
    assert 3 < len(read) < 13
    assert read == payloads(len(read))


def test_the_sink_waits_for_room_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = [100]
    full_after(monkeypatch, room)

    def stopping() -> bool:
        """Asked while the sink waits: the moment at which someone makes room."""
        room[0] += 90
        return False

    sink = LogSink(tmp_path, TOPIC, partitions=1, stopping=stopping, clock=clock, keeping=ONE)
    sink.build_part("out", "0", None).write_batch([Outgoing(["k"] * 20, payloads(20))])
    assert rows(everything(source(tmp_path))) == payloads(20)


def test_the_sink_stops_waiting_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_after(monkeypatch, [0])
    sink = LogSink(tmp_path, TOPIC, partitions=1, stopping=lambda: True, clock=clock)
    with pytest.raises(Stopped, match="the disk is full"):
        sink.build_part("out", "0", None).write_batch([Outgoing(["k"], payloads(1))])


@pytest.mark.parametrize("name", ["../../etc", "a/b", "persistent://a/../b", "a b", "", "a/b/c/d", "x/y/."])
def test_a_topic_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(TopicNameError, match="expected persistent://"):
        open_topic(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_a_broken_meta_is_named(tmp_path: Path) -> None:
    folder = open_topic(tmp_path, TOPIC).folder
    (folder / "meta.json").write_text('{"partitions": 0}')
    with pytest.raises(TopicMetaError, match=r"meta.json: partitions is 0; expected at least 1"):
        open_topic(tmp_path, TOPIC)


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
    copies = op.map("copy", stream, lambda b: ("0", Outgoing(["k"] * len(b.payloads), b.payloads)))
    op.output("out", copies, LogSink(tmp_path, "copies", partitions=1, stopping=never, clock=clock, keeping=ONE))
    run: Callable[..., None] = run_main
    run(flow, epoch_interval=timedelta(milliseconds=20))
    copied = everything(LogSource(tmp_path, "copies", stopping=never, clock=clock, bounded=True))
    assert sorted(rows(copied)) == sorted(payloads(1_000))
    assert max(seen) == 40
