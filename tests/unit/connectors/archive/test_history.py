"""Tests archive and topic as one history: every message once, in order, from any snapshot; errors name what is
wrong."""

from pathlib import Path

import pytest

from connectors.archive import ArchiveDamaged, ArchiveGap, archive_of, problems_of
from connectors.embedded.topics import TopicRetention
from connectors.messages import Extent
from tests.support.factories.topics.archived_topic import (
    DAY,
    MORNING,
    NOW,
    SMALL,
    ArchivedLog,
    half_archived,
    log_in,
    read_on,
)
from tests.support.factories.topics.embedded_topic import TOPIC, rows
from tests.support.generators.seeds import rng_of, seeds


@pytest.mark.parametrize("batch_rows", [1, 7, 1_000])
def test_every_message_comes_once_and_in_order(tmp_path: Path, batch_rows: int) -> None:
    archived_log = half_archived(tmp_path)
    batches = archived_log.read(batch_rows=batch_rows)
    assert rows(batches) == archived_log.published
    assert [batch.ended for batch in batches] == [False] * (len(batches) - 1) + [True]
    assert all(len(batch.payloads) <= batch_rows for batch in batches)


def test_batches_of_the_archive_know_what_those_of_the_topic_know(tmp_path: Path) -> None:
    archived_log = half_archived(tmp_path)
    with_archive = {
        batch.position(row): (payload, batch.arrived(row), int(batch.arrivals()[row]), batch.published_ms)
        for batch in archived_log.read(batch_rows=10)
        if batch.arrived is not None and batch.arrivals is not None
        for row, payload in enumerate(batch.payloads)
    }
    source = archived_log.topic(10, {"0": Extent("0", "130")})
    alone = {
        batch.position(row): (payload, batch.arrived(row), int(batch.arrivals()[row]), batch.published_ms)
        for batch in read_on(source)[0]
        if batch.arrived is not None and batch.arrivals is not None
        for row, payload in enumerate(batch.payloads)
    }
    assert with_archive == alone
    assert len(alone) == 130


def test_nothing_arrives_after_it_is_read(tmp_path: Path) -> None:
    archived_log = log_in(tmp_path, SMALL)
    archived_log.publish(NOW + DAY, 3)
    archived_log.archive()
    (batch, *_) = archived_log.read()
    assert batch.arrivals is not None
    assert batch.arrivals().tolist() == [NOW] * 3
    assert (batch.published_ms, batch.newest_ms) == (NOW, NOW)


@pytest.mark.parametrize("seed", seeds(20))
def test_any_extent_is_read_exactly_and_resumed_anywhere(tmp_path: Path, seed: int) -> None:
    rng = rng_of(seed)
    archived_log = half_archived(tmp_path)
    first, end = sorted(int(row) for row in rng.integers(0, 131, 2))
    source = archived_log.history({"0": Extent(str(first), str(end))}, batch_rows=int(rng.integers(1, 40)))
    head, state = read_on(source, most=int(rng.integers(1, 6)))
    if rng.random() < 0.5:
        archived_log.archive()  # the archive grows in the meantime
    rest = [] if head[-1].ended else read_on(source, state=state)[0]
    assert rows(head + rest) == archived_log.published[first:end]
    assert (head + rest)[-1].ended


def test_a_topic_that_begins_where_the_archive_ends_is_whole(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    archived_log = log_in(tmp_path, SMALL, keeping)
    for _ in range(20):
        archived_log.publish(MORNING, 20)
        archived_log.archive()
    assert archived_log.extents() == {"0": Extent("0", "400")}
    assert int(archived_log.topic(1, {}).list_parts() == [])
    assert rows(archived_log.read()) == archived_log.published


def test_what_is_lost_between_them_is_named(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    archived_log = log_in(tmp_path, SMALL, keeping)
    archived_log.publish(MORNING, 20)
    archived_log.archive()
    for _ in range(20):
        archived_log.publish(MORNING, 20)
    pattern = r"public/default/events: partition 0: positions 20 up to \d+ are neither in the archive nor in the topic"
    with pytest.raises(ArchiveGap, match=pattern):
        archived_log.extents()
    with pytest.raises(Exception, match=r"rows 20 to 419 are requested, but the topic holds rows \d+ to 419"):
        archived_log.read({"0": Extent("0", "420")})


def test_an_archive_without_its_topic_is_a_history(tmp_path: Path) -> None:
    archived_log = half_archived(tmp_path, beyond=0)
    elsewhere = ArchivedLog(tmp_path / "new", str(tmp_path / "archive"), limits=SMALL)
    assert elsewhere.extents() == {"0": Extent("0", "100"), "1": Extent("0", "0")}
    assert rows(elsewhere.read()) == archived_log.published


def test_another_topic_of_that_name_is_refused(tmp_path: Path) -> None:
    half_archived(tmp_path, beyond=0)
    anew = ArchivedLog(tmp_path / "new", str(tmp_path / "archive"), limits=SMALL)
    anew.publish(MORNING, 5)
    for attempt in (anew.extents, anew.archive):
        with pytest.raises(ArchiveDamaged, match=r"archived from the topic with id \w+, but its id is \w+; hint: if"):
            attempt()


def test_a_missing_file_is_a_gap(tmp_path: Path) -> None:
    archived_log = half_archived(tmp_path)
    archived_log.file_of(2).unlink()
    pattern = r"positions 40 up to 60 are missing between published=.*part-0-20-40.parquet and published=.*part-0-60-80"
    with pytest.raises(ArchiveGap, match=pattern):
        archived_log.read()
    assert rows(archived_log.read({"0": Extent("60", "130")})) == archived_log.published[60:]
    assert rows(archived_log.read({"0": Extent("50", "130")})) == archived_log.published[50:130]
    assert [problem.kind for problem in problems_of(archived_log.store, archive_of(archived_log.store, TOPIC))] == [
        "gap"
    ]


def test_what_is_older_than_the_archive_is_read_from_the_topic_as_long_as_it_is_there(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=500, retain_bytes=1_000)
    archived_log = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"), keeping)
    archived_log.publish(MORNING, 5)
    archived_log.archive()
    archived_log.publish(MORNING + DAY, 5)
    archived_log.archive()
    archived_log.file_of(0).unlink()
    whole = archived_log.extents()
    assert whole == {"0": Extent("0", "10")}
    assert rows(archived_log.read(whole)) == archived_log.published
    for _ in range(20):
        archived_log.publish(MORNING + DAY, 10)
        archived_log.archive()
    assert archived_log.extents()["0"].first != "0"
    with pytest.raises(ArchiveGap, match=r"positions 0 up to \d+ are neither in the archive nor in the topic"):
        archived_log.read(whole)
