"""Tests writing embedded topics: any number of writers, killed ones, a full disk; names and folders of topics."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.embedded import segments
from connectors.embedded.topic_folder import TopicMetaError, open_topic
from connectors.embedded.topics import DiskFull, LogSink, LogSource, TopicNameError, TopicRetention
from connectors.messages import Outgoing, RunStopped
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


def test_the_first_to_make_a_topic_decides_how_it_is_kept(tmp_path: Path) -> None:
    first = open_topic(tmp_path, "events", SMALL)
    assert open_topic(tmp_path, TOPIC, TopicRetention(partitions=7)) == first


def test_a_segment_is_named_by_its_first_row(tmp_path: Path) -> None:
    for start in range(0, 2_000, 10):
        put(tmp_path, payloads(10, start), SMALL)
    folder = open_topic(tmp_path, TOPIC).partition(0)
    files = segments.segments(folder)
    assert len(files) > 50
    for first in files:
        text = segments.segment_path(folder, first).read_text().splitlines()
        assert f'"v":{{"n":{first}}}' in text[0]
    assert rows(everything(source(tmp_path, batch_rows=33))) == payloads(2_000)


def test_what_a_killed_writer_left_of_a_line_is_cut_off(tmp_path: Path) -> None:
    put(tmp_path, payloads(3))
    path = segments.segment_path(open_topic(tmp_path, TOPIC).partition(0), 0)
    path.write_bytes(path.read_bytes() + b'{"t":17000')
    put(tmp_path, payloads(2, 3))
    assert rows(everything(source(tmp_path))) == payloads(5)


WRITER = """
import sys
from pathlib import Path
from connectors.embedded.topics import append
name, root = sys.argv[1], Path(sys.argv[2])
for start in range(0, 5000, 50):
    some = [b'{"writer":"%s","n":%d}' % (name.encode(), n) for n in range(start, start + 50)]
    append(root, "events", [name] * 50, some, clock=lambda: 1)
"""


def test_two_processes_append_at_once_and_lose_nothing(tmp_path: Path) -> None:
    open_topic(tmp_path, TOPIC, TopicRetention(partitions=1, segment_bytes=2_000))
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name, str(tmp_path)]) for name in "ab"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    read = rows(everything(source(tmp_path)))
    for name in (b"a", b"b"):
        expected = [b'{"writer":"%b","n":%d}' % (name, number) for number in range(5_000)]
        assert [payload for payload in read if b'"%b"' % name in payload] == expected
    assert len(read) == 10_000


def test_equal_keys_share_a_partition_and_keep_their_order(tmp_path: Path) -> None:
    keys = [f"u{number % 9}" for number in range(900)]
    values = [b'{"key":"%b","n":%d}' % (key.encode(), number) for number, key in enumerate(keys)]
    sink = LogSink(tmp_path, TOPIC, partitions=3, stopping=never, clock=clock)
    assert sink.list_parts() == ["0", "1", "2"]
    partition = sink.build_part("out", str(sink.part_fn("2")), None)
    partition.write_batch([Outgoing(keys[:400], values[:400]), Outgoing(keys[400:], values[400:])])
    partition.snapshot()
    partition.close()
    reader = LogSource(tmp_path, TOPIC, stopping=never, clock=clock, bounded=True)
    read = [rows(everything(reader, part)) for part in reader.list_parts()]
    assert all(read)
    assert sorted(read[0] + read[1]) == sorted(values)
    for part in read:
        numbers = [int(payload.rsplit(b":", 1)[1][:-1]) for payload in part]
        assert numbers == sorted(numbers)
        owned = {payload.split(b'"')[3] for payload in part}
        assert all((payload.split(b'"')[3] in owned) == (payload in part) for payload in values)


def full_after(monkeypatch: pytest.MonkeyPatch, room: list[int]) -> None:
    """Simulates a disk on which only `room[0]` more bytes fit."""
    real: Callable[[int, bytes], int] = os.write

    def write(file: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fitting = bytes(data)[: room[0]]
        room[0] -= len(fitting)
        return real(file, fitting)

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
        """Frees space the moment the sink asks, while it waits."""
        room[0] += 90
        return False

    sink = LogSink(tmp_path, TOPIC, partitions=1, stopping=stopping, clock=clock, keeping=ONE)
    sink.build_part("out", "0", None).write_batch([Outgoing(["k"] * 20, payloads(20))])
    assert rows(everything(source(tmp_path))) == payloads(20)


def test_the_sink_stops_waiting_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_after(monkeypatch, [0])
    sink = LogSink(tmp_path, TOPIC, partitions=1, stopping=lambda: True, clock=clock)
    with pytest.raises(RunStopped, match="the disk is full"):
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
