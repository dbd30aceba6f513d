"""Tests an archive of a real broker: whole entries, days, restarts, retention, and the join by position."""

import time
from pathlib import Path

import pulsar as library
import pyarrow.parquet as pq
import pytest

from connectors.archive import (
    ArchiveGap,
)
from connectors.messages import RawBatch
from connectors.pulsar import (
    MissingTopic,
    PulsarConnection,
    TopicName,
    extent_of,
    publish,
)
from dataflows.runtime.topics import topics_of
from tests.support.broker.archived_topic import BOUNDED, ArchivedTopicOnBroker, archiving
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of, trimmed
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import rows


def test_archive_and_topic_are_one_history(pulsar: PulsarConnection, tmp_path: Path) -> None:
    archived = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "joined", numbers(2_000), partitions=2), tmp_path)
    archived.archive()
    publish(pulsar, archived.topic, [f"k{number}" for number in range(500)], numbers(500, 2_000))
    assert sorted(rows(archived.read(300)), key=int) == numbers(2_500)
    archived.archive()
    assert len(archived.files()) == 4
    assert sorted(rows(archived.read(300)), key=int) == numbers(2_500)


def test_positions_and_arrivals_are_those_of_the_topic(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "positions", numbers(100))
    publish(pulsar, topic, ["k"] * 50, numbers(50, 100))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    (name,) = extent_of(topic, pulsar)
    alone = facts(read_on(archived.messages(extent_of(topic, pulsar)), name)[0])
    archived.archive()
    assert facts(archived.read()) == alone
    assert len(alone) == 150


def facts(batches: list[RawBatch]) -> list[tuple[str, bytes, int]]:
    return [
        (batch.position(row), payload, batch.arrived(row))
        for batch in batches
        if batch.arrived is not None
        for row, payload in enumerate(batch.payloads)
    ]


def test_a_topic_that_is_gone_is_read_from_its_archive(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "gone", numbers(300), partitions=2)
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path / "archive")
    archived.archive()
    topics = topics_of(archiving(pulsar, tmp_path), BOUNDED)
    held = topics.extent(topic)
    admin_call(pulsar, "DELETE", f"persistent/{TopicName.parse(topic).path}/partitions?force=true")
    assert topics.extent(topic) == held
    source = topics.history(topic, held)
    batches = [batch for name in source.list_parts() for batch in read_on(source, name)[0]]
    assert sorted(rows(batches), key=int) == numbers(300)
    with pytest.raises(MissingTopic):
        topics.extent(fresh_topic("never"))


def test_a_row_has_all_that_the_topic_knows(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "known", [])
    begun = time.time_ns() // 1_000_000
    client = library.Client(pulsar.url, logger=library.FileLogger(library.LoggerLevel.Error, "/dev/null"))
    producer = client.create_producer(topic)
    large = bytes(range(256)) * 19_000
    producer.send(b"a", partition_key="k1", event_timestamp=1_234)
    producer.send(b"")
    producer.send(large, partition_key="")
    client.close()
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    archived.archive()
    (file,) = archived.files()
    rows = pq.ParquetFile(file).read().to_pylist()
    assert [(row["payload"], row["key"], row["event_ms"]) for row in rows] == [
        (b"a", "k1", 1_234),
        (b"", None, None),
        (large, None, None),
    ]
    assert [row["message_id"].split(":")[1] for row in rows] == ["0", "1", "2"]
    assert all(begun <= row["published_ms"] <= time.time_ns() // 1_000_000 for row in rows)


@pytest.mark.parametrize("batch_rows", [1, 7, 10_000])
def test_an_entry_is_never_cut(pulsar: PulsarConnection, tmp_path: Path, batch_rows: int) -> None:
    """A batch of 10 messages is one entry, and a file of 4 is full in the middle of it."""
    topic = topic_of(pulsar, "whole", [])
    for number in range(3):
        publish(pulsar, topic, ["k"] * 10, numbers(10, 10 * number))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path, rows=4)
    archived.archive(batch_rows)
    assert [pq.ParquetFile(file).metadata.num_rows for file in archived.files()] == [10, 10, 10]
    assert rows(archived.read(3)) == numbers(30)


def test_it_resumes_in_archive_and_topic(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "resumes", numbers(50))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    archived.archive()
    publish(pulsar, topic, ["k"] * 50, numbers(50, 50))
    source = archived.history(batch_rows=8)
    (name,) = source.list_parts()
    for most in range(1, 14):
        head, state = read_on(source, name, most=most)
        rest = read_on(source, name, state)[0] if not head[-1].ended else []
        assert rows(head + rest) == numbers(100)


def test_what_retention_has_taken_is_read_from_the_archive(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """A restarted broker begins a new ledger: an empty file records that nothing is missing in between."""
    archived = ArchivedTopicOnBroker(pulsar, fresh_topic("taken"), tmp_path)
    path = f"persistent/{TopicName.parse(archived.topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10))
    archived.archive()
    admin_call(pulsar, "PUT", f"{path}/unload")
    # a reader makes the broker load the topic again
    read_on(archived.messages(extent_of(archived.topic, pulsar)), archived.topic)
    archived.archive()
    assert [pq.ParquetFile(file).metadata.num_rows for file in archived.files()] == [10, 0]
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 10))
    emptied(pulsar, archived.topic)
    assert rows(archived.read()) == numbers(20)


def test_what_retention_has_taken_before_is_named(pulsar: PulsarConnection, tmp_path: Path) -> None:
    archived = ArchivedTopicOnBroker(pulsar, fresh_topic("lost"), tmp_path)
    path = f"persistent/{TopicName.parse(archived.topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10))
    archived.archive()
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 10))
    admin_call(pulsar, "PUT", f"{path}/unload")
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 20))
    emptied(pulsar, archived.topic)
    pattern = r"positions \d+:1 up to \d+:0 are neither in the archive nor in the topic"
    for attempt in (archived.extents, archived.archive):
        with pytest.raises(ArchiveGap, match=pattern):
            attempt()


def emptied(pulsar: PulsarConnection, topic: str) -> None:
    """Makes the broker delete all ledgers but the last."""
    before = extent_of(topic, pulsar)[topic].first
    trimmed(pulsar, topic, lambda: extent_of(topic, pulsar)[topic].first != before)
