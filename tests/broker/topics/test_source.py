"""Tests reading topics of a real broker."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.pulsar import (
    PulsarConnection,
    PulsarSource,
    TopicName,
    UnknownSnapshot,
    publish,
)
from tests.support.broker.readers import batches, everything, take
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of


def test_a_batch_tells_times_and_positions(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "facts", numbers(3))
    source = PulsarSource(topic, pulsar, bounded=True)
    (part,) = source.list_parts()
    partition = source.build_part("in", part, None)
    (batch,) = list(batches(partition))
    partition.close()
    assert batch.partition == part == f"{topic}-partition-0"
    assert 0 < batch.published_ms <= batch.newest_ms
    ledger, entry, index = batch.position(2).split(":")
    assert int(ledger) >= 0
    assert (entry, index) == ("0", "2")


@pytest.mark.parametrize("cut", [1, 137, 999, 1_000])
def test_resumes_after_the_last_delivered_message(pulsar: PulsarConnection, cut: int) -> None:
    topic = topic_of(pulsar, "resume", numbers(1_000))
    publish(pulsar, topic, ["k"] * 500, numbers(500, 1_000))
    source = PulsarSource(topic, pulsar, batch_rows=cut)
    (part,) = source.list_parts()
    first = source.build_part("in", part, None)
    head = take(first, 1)
    state = first.snapshot()
    first.close()
    second = source.build_part("in", part, state)
    rest = take(second, 1_500 - len(head))
    second.close()
    assert head + rest == numbers(1_500)


def test_state_before_the_first_message_starts_over(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "early", [])
    source = PulsarSource(topic, pulsar)
    (part,) = source.list_parts()
    first = source.build_part("in", part, None)
    assert first.next_batch() == []
    state = first.snapshot()
    first.close()
    publish(pulsar, topic, ["k"], [b"late"])
    second = source.build_part("in", part, state)
    assert take(second, 1) == [b"late"]
    second.close()


@pytest.mark.parametrize("held", [0, 10])
def test_latest_is_a_position_from_the_beginning(pulsar: PulsarConnection, held: int) -> None:
    topic = topic_of(pulsar, "latest", numbers(held))
    source = PulsarSource(topic, pulsar, start="latest")
    (part,) = source.list_parts()
    first = source.build_part("in", part, None)
    assert first.next_batch() == []
    state = first.snapshot()
    first.close()
    publish(pulsar, topic, ["k"] * 3, numbers(3, 10))
    second = source.build_part("in", part, state)
    assert take(second, 3) == numbers(3, 10)
    second.close()


def test_a_state_of_another_version_is_refused(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "version", [])
    with pytest.raises(UnknownSnapshot, match="version 9"):
        PulsarSource(topic, pulsar).build_part("in", f"{topic}-partition-0", b"\x09x")


def test_bounded_ends_at_what_it_held(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "bounded", numbers(2_500))
    source = PulsarSource(topic, pulsar, bounded=True, batch_rows=1_000)
    (part,) = source.list_parts()
    partition = source.build_part("in", part, None)
    publish(pulsar, topic, ["k"] * 10, [b"too late"] * 10)
    read = list(batches(partition))
    partition.close()
    assert [payload for batch in read for payload in batch.payloads] == numbers(2_500)
    assert [batch.ended for batch in read] == [False] * (len(read) - 1) + [True]


def test_a_bounded_partition_that_is_empty_ends_at_once(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "empty", [])
    source = PulsarSource(topic, pulsar, bounded=True)
    (part,) = source.list_parts()
    partition = source.build_part("in", part, None)
    (batch,) = partition.next_batch()
    assert (batch.payloads, batch.ended) == ([], True)
    with pytest.raises(StopIteration):
        partition.next_batch()
    partition.close()


def test_a_topic_without_partitions_is_its_own_partition(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("plain")
    admin_call(pulsar, "PUT", f"persistent/{TopicName.parse(topic).path}")
    publish(pulsar, topic, ["k"] * 3, numbers(3))
    assert everything(PulsarSource(topic, pulsar, bounded=True)) == {topic: numbers(3)}


def test_rows_per_epoch_are_capped_until_the_snapshot(pulsar: PulsarConnection) -> None:
    now = [0]
    topic = topic_of(pulsar, "cap", numbers(1_000))
    source = PulsarSource(topic, pulsar, batch_rows=70, rows_per_epoch=100, clock=lambda: now[0])
    (part,) = source.list_parts()
    partition = source.build_part("in", part, None)
    assert len(take(partition, 100)) == 100
    assert partition.next_batch() == []
    partition.snapshot()
    assert len(take(partition, 100)) == 100
    assert partition.next_batch() == []
    now[0] += 10_000
    later = take(partition, 70)  # a batch may be smaller, so that the next one is added
    assert later == numbers(len(later), 200)
    partition.close()


def test_an_idle_reader_is_asked_again_within_milliseconds(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "idle", [])
    partition = PulsarSource(topic, pulsar, clock=lambda: 1_000).build_part("in", f"{topic}-partition-0", None)
    assert partition.next_awake() is None
    for longest_ms in (1, 2, 2, 2):
        assert partition.next_batch() == []
        before = datetime.now(UTC)
        awake = partition.next_awake()
        assert awake is not None
        assert before < awake <= datetime.now(UTC) + timedelta(milliseconds=longest_ms)
    publish(pulsar, topic, ["k"], [b"1"])
    take(partition, 1)
    assert partition.next_awake() is None
    partition.close()


def test_stopping_ends_the_source(pulsar: PulsarConnection) -> None:
    stopping = [False]
    topic = topic_of(pulsar, "stop", numbers(5))
    partition = PulsarSource(topic, pulsar, stopping=lambda: stopping[0]).build_part("in", f"{topic}-partition-0", None)
    assert take(partition, 5) == numbers(5)
    stopping[0] = True
    with pytest.raises(StopIteration):
        partition.next_batch()
    partition.close()
