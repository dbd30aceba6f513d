"""Tests the history of an embedded topic: exactly the rows of an extent, in any segment, from any snapshot, or an
error."""

from pathlib import Path

import numpy as np
import pytest

from connectors.embedded.history import LogHistory, extent_of, extent_since
from connectors.embedded.reader import EmbeddedHistoryTrimmed
from connectors.embedded.topics import TopicRetention, append
from connectors.messages import Extent
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import ONE, SMALL, TOPIC, clock, never, payloads, put, rows
from tests.support.generators.seeds import rng_of, seeds


def history(root: Path, first: int, end: int, batch_rows: int = 10_000) -> LogHistory:
    extents = {"0": Extent(str(first), str(end))}
    return LogHistory(root, TOPIC, extents, stopping=never, clock=clock, batch_rows=batch_rows)


def test_the_extent_of_an_empty_topic_is_empty(tmp_path: Path) -> None:
    assert extent_of(tmp_path, TOPIC) == {"0": Extent("0", "0"), "1": Extent("0", "0")}
    (batch,), _ = read_on(history(tmp_path, 0, 0))
    assert (batch.payloads, batch.ended) == ([], True)


def test_each_partition_has_its_own_extent(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(50)]
    append(tmp_path, TOPIC, keys, payloads(50), clock, keeping=TopicRetention(partitions=3))
    extents = extent_of(tmp_path, TOPIC)
    source = LogHistory(tmp_path, TOPIC, extents, stopping=never, clock=clock)
    assert source.list_parts() == ["0", "1", "2"]
    by_partition = [read_part(source, name) for name in source.list_parts()]
    assert [len(of_partition) for of_partition in by_partition] == [int(extent.end) for extent in extents.values()]
    assert sorted(payload for of_partition in by_partition for payload in of_partition) == sorted(payloads(50))


def read_part(source: LogHistory, name: str) -> list[bytes]:
    partition = source.build_part("in", name, None)
    (batch,) = partition.next_batch()
    partition.close()
    assert batch.ended
    return list(batch.payloads)


@pytest.mark.parametrize("seed", seeds(20))
def test_any_extent_is_read_exactly_and_resumed_anywhere(tmp_path: Path, seed: int) -> None:
    rng = rng_of(seed)
    for number in range(0, 400, 20):
        put(tmp_path, payloads(20, number), SMALL)
    first, end = sorted(int(row) for row in rng.integers(0, 401, 2))
    source = history(tmp_path, first, end, batch_rows=int(rng.integers(1, 60)))
    head, state = read_on(source, most=int(rng.integers(1, 6)))
    rest = [] if head[-1].ended else read_on(source, state=state)[0]
    assert rows(head + rest) == payloads(end - first, first)
    assert [batch.ended for batch in head + rest] == [False] * (len(head + rest) - 1) + [True]


def test_what_comes_later_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, payloads(10))
    extents = extent_of(tmp_path, TOPIC)
    put(tmp_path, payloads(10, 10))
    batches, _ = read_on(LogHistory(tmp_path, TOPIC, extents, stopping=never, clock=clock, batch_rows=4))
    assert rows(batches) == payloads(10)


@pytest.mark.parametrize(("first", "end"), [(0, 100), (0, 400), (100, 401), (399, 500)])
def test_rows_that_are_gone_or_not_there_yet_are_named(tmp_path: Path, first: int, end: int) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=4_000)
    for number in range(0, 400, 20):
        put(tmp_path, payloads(20, number), keeping)
    oldest = int(extent_of(tmp_path, TOPIC)["0"].first)
    assert 100 < oldest < 400
    pattern = rf"rows {first} to {end - 1} are requested, but the topic holds rows {oldest} to 399; raise retain_bytes"
    with pytest.raises(EmbeddedHistoryTrimmed, match=pattern):
        read_on(history(tmp_path, first, end))


def test_all_arrivals_are_those_of_each(tmp_path: Path) -> None:
    for published in (5, 3, clock() + 60_000):
        append(tmp_path, TOPIC, ["k"], [b"1"], published.__int__, keeping=ONE)
    (batch,), _ = read_on(history(tmp_path, 0, 3))
    assert batch.arrivals is not None
    assert batch.arrived is not None
    assert batch.arrivals().tolist() == [batch.arrived(row) for row in range(3)] == [5, 3, clock()]


def test_nothing_is_made_of_a_topic_that_is_not_there(tmp_path: Path) -> None:
    assert extent_since(tmp_path, TOPIC, 0) == {}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", seeds(4))
def test_an_extent_begins_with_the_first_row_published_since(tmp_path: Path, seed: int) -> None:
    """Over segments of any length; several rows may have the same time."""
    rng = rng_of(seed)
    times = np.cumsum(rng.integers(0, 4, 300)).tolist()
    for time_ms in times:
        append(tmp_path, TOPIC, ["k"], payloads(1), time_ms.__int__, keeping=SMALL)
    for since in rng.integers(-1, times[-1] + 3, 20).tolist():
        first = next((row for row, time_ms in enumerate(times) if time_ms >= since), len(times))
        assert extent_since(tmp_path, TOPIC, since) == {"0": Extent(str(first), str(len(times)))}
