"""Tests that the inputs of one process keep in step while they read a backlog, and that none waits at the end of
topics."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bytewax.inputs import StatefulSourcePartition

from connectors.embedded import LogSource
from connectors.embedded.topic_folder import TopicRetention, open_topic
from connectors.embedded.writer import TopicWriter
from connectors.messages import RawBatch
from connectors.reading.backlog import MOST_ROWS, PATIENCE_MS, Backlog
from connectors.reading.stepped_source import SteppedSource
from tests.support.generators.seeds import fresh_seed, rng_of

NOW = 1_767_225_600_000
HOUR_MS = 3_600_000
Part = StatefulSourcePartition[RawBatch, bytes]


class Inputs:
    """Topics of one partition each, all inputs of one process."""

    def __init__(self, root: Path) -> None:
        self.root, self.now = root, NOW
        self.backlog = Backlog(lambda: self.now, "here")

    def publish(self, topic: str, times: list[int]) -> None:
        writer = TopicWriter(open_topic(self.root, topic, TopicRetention(partitions=1)), lambda: self.now)
        writer.write(writer.pending(["k"] * len(times), [b"%d" % time for time in times], times))
        writer.close()

    def open(
        self, topic: str, state: bytes | None = None, batch_rows: int = 1_000, rows_per_epoch: int = 200_000
    ) -> Part:
        log = LogSource(
            self.root,
            topic,
            stopping=lambda: False,
            clock=lambda: self.now,
            batch_rows=batch_rows,
            rows_per_epoch=rows_per_epoch,
            keeping=TopicRetention(partitions=1),
        )
        return SteppedSource(log, self.backlog, lambda: False, lambda: self.now).build_part("read", "0", state)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return Inputs(tmp_path)


def read(part: Part) -> list[RawBatch]:
    return list(part.next_batch())


def times(batches: list[RawBatch]) -> list[int]:
    return [int(payload) for batch in batches for payload in batch.payloads]


def until_over(inputs: Inputs, parts: list[Part], look: Callable[[int, list[RawBatch]], None], rounds: int) -> None:
    for _ in range(rounds):
        inputs.now += 1
        for number, part in enumerate(parts):
            look(number, read(part))


def test_slices_are_whole_before_the_next_begins(inputs: Inputs) -> None:
    rng = rng_of(fresh_seed())
    published = {name: sorted(NOW - rng.integers(HOUR_MS, 9 * HOUR_MS, 3_000)) for name in ("a", "b", "c")}
    for name, partitions in published.items():
        inputs.publish(name, list(map(int, partitions)))
    parts = [inputs.open(name, batch_rows=int(rng.integers(50, 900))) for name in published]
    slices: dict[int, list[int]] = {}
    got: list[list[int]] = [[], [], []]

    def look(number: int, batches: list[RawBatch]) -> None:
        got[number] += times(batches)
        for batch in batches:
            if batch.progress and batch.progress.until_ms is not None and batch.payloads:
                slices.setdefault(batch.progress.slice, []).extend(times([batch]))

    until_over(inputs, parts, look, 3_000)
    assert got == [[int(time) for time in published[name]] for name in published]
    ordered = [slices[number] for number in sorted(slices)]
    assert len(ordered) > 3
    assert all(max(earlier) <= min(later) for earlier, later in pairwise(ordered))


def test_the_end_of_the_backlog_is_told_once_by_each(inputs: Inputs) -> None:
    inputs.publish("a", [NOW - HOUR_MS])
    parts = [inputs.open("a"), inputs.open("b")]
    progress: list[list[int | None]] = [[], []]

    def look(number: int, batches: list[RawBatch]) -> None:
        progress[number] += [batch.progress.until_ms for batch in batches if batch.progress]

    until_over(inputs, parts, look, 300)
    assert [batches[-1] for batches in progress] == [None, None]
    assert [batches.count(None) for batches in progress] == [1, 1]


def test_at_the_end_of_the_topics_batches_pass_untouched(inputs: Inputs) -> None:
    parts = [inputs.open("a"), inputs.open("b")]
    until_over(inputs, parts, lambda number, batches: None, 200)
    inputs.publish("a", [inputs.now])
    (batch,) = read(parts[0])
    assert batch.progress is None
    assert times([batch]) == [inputs.now]


def test_messages_of_a_slow_clock_hold_nobody_up(inputs: Inputs) -> None:
    parts = [inputs.open("a"), inputs.open("b")]
    until_over(inputs, parts, lambda number, batches: None, 200)
    for _ in range(20):
        inputs.now += 50
        inputs.publish("a", [inputs.now - 60_000])
        inputs.publish("b", [inputs.now])
        assert times(read(parts[0])) == [inputs.now - 60_000]
        assert times(read(parts[1])) == [inputs.now]


def test_a_pause_of_the_process_is_a_backlog_again(inputs: Inputs) -> None:
    parts = [inputs.open("a"), inputs.open("b")]
    until_over(inputs, parts, lambda number, batches: None, 200)
    inputs.publish("a", [inputs.now + step for step in range(0, 60_000, 1_000)])
    inputs.now += 60_000
    (first,) = read(parts[0])
    assert first.progress is not None
    assert first.progress.until_ms is not None


def test_a_source_without_partitions_here_is_not_waited_for_for_long(inputs: Inputs) -> None:
    inputs.publish("a", [NOW - HOUR_MS])
    inputs.backlog.expect("another process has it")
    part = inputs.open("a")
    assert read(part) == []
    inputs.now += PATIENCE_MS
    assert times(read(part)) == [NOW - HOUR_MS]


def test_an_input_that_has_used_its_epoch_is_waited_for(inputs: Inputs) -> None:
    """Its next messages come after the next snapshot, however long that takes."""
    published = [NOW - HOUR_MS + step for step in range(0, 1_000_000, 1_000)]
    for name in ("a", "b"):
        inputs.publish(name, published)
    parts = [inputs.open("a", batch_rows=100, rows_per_epoch=200), inputs.open("b", batch_rows=100)]
    got: list[list[int]] = [[], []]
    until_over(inputs, parts, lambda number, batches: got[number].extend(times(batches)), 4 * PATIENCE_MS)
    assert len(got[0]) == 200
    assert len(got[1]) < 900
    for _ in range(20):
        parts[0].snapshot()
        until_over(inputs, parts, lambda number, batches: got[number].extend(times(batches)), 100)
    assert got == [published, published]


def test_what_was_published_at_once_is_cut_by_rows(inputs: Inputs) -> None:
    inputs.publish("a", [NOW - HOUR_MS] * (MOST_ROWS + 10))
    inputs.publish("b", [NOW - HOUR_MS] * (MOST_ROWS + 10))
    parts = [inputs.open(name, batch_rows=MOST_ROWS * 2) for name in ("a", "b")]
    rows: list[dict[int, int]] = [{}, {}]

    def look(number: int, batches: list[RawBatch]) -> None:
        for batch in batches:
            if batch.payloads and batch.progress:
                held = rows[number].get(batch.progress.slice, 0)
                rows[number][batch.progress.slice] = held + len(batch.payloads)

    until_over(inputs, parts, look, 200)
    assert [max(counts.values()) for counts in rows] == [MOST_ROWS, MOST_ROWS]
    assert [sum(counts.values()) for counts in rows] == [MOST_ROWS + 10, MOST_ROWS + 10]


def test_positions_are_exact_wherever_a_batch_is_cut(inputs: Inputs) -> None:
    rng = rng_of(fresh_seed())
    published = {name: sorted(map(int, NOW - rng.integers(HOUR_MS, 2 * HOUR_MS, 500))) for name in ("a", "b")}
    for name, partitions in published.items():
        inputs.publish(name, partitions)
    states: dict[str, bytes | None] = {"a": None, "b": None}
    got: dict[str, list[int]] = {"a": [], "b": []}
    for _ in range(200):
        inputs.backlog = Backlog(lambda: inputs.now)
        parts = {name: inputs.open(name, states[name]) for name in states}
        inputs.now += PATIENCE_MS
        for _ in range(int(rng.integers(1, 4))):
            inputs.now += 1
            for name, part in parts.items():
                got[name] += times(read(part))
        states = {name: part.snapshot() for name, part in parts.items()}
    assert got == published
    assert np.all(np.diff(got["a"]) >= 0)
