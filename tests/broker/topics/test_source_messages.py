"""Tests how a source handles repeated and missing messages."""

from collections.abc import Callable
from typing import Any

import pytest
from pulsar import Timeout

from connectors.messages import RawBatch
from connectors.pulsar import (
    HistoryTrimmed,
    PulsarConnection,
    PulsarSource,
    TopicName,
    extent_of,
    partition_reader,
    publish,
)
from tests.support.broker.readers import take
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of, trimmed


class Redelivering:
    """A reader that returns stored messages again: possible after a reconnection, but not on demand."""

    def __init__(self, messages: list[Any]) -> None:
        self._messages = iter(messages)
        self._reader = self

    def read_next(self, timeout_millis: int) -> Any:
        try:
            return next(self._messages)
        except StopIteration:
            raise Timeout from None

    def is_connected(self) -> bool:
        return True


def redelivered(order: list[int], messages: list[Any], batch_rows: int) -> list[bytes]:
    reading = partition_reader.ReaderOptions(
        "p",
        partition_reader.ReadLimits(batch_rows, 1_000),
        None,
        lambda: False,
        lambda: 0,
        lambda: None,
    )
    reader = Redelivering([messages[number] for number in order])
    partition = partition_reader.PulsarPartition(reading, reader, None)
    read: list[RawBatch] = []
    for _ in range(len(order) + 1):
        read += partition.next_batch()
    return [payload for batch in read for payload in batch.payloads]


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 10])
def test_a_message_that_comes_again_is_dropped(pulsar: PulsarConnection, batch_rows: int) -> None:
    topic = topic_of(pulsar, "again", [b"a", b"b", b"b", b"c", b"c", b"d"])
    read: list[Any] = []
    partition = PulsarSource(topic, pulsar).build_part("in", f"{topic}-partition-0", None)
    drain: Callable[[int], Any] = partition._drain
    while len(read) < 6:
        read += drain(6)[0]
    order = [0, 1, 1, 2, 2, 3, 4, 4, 5, 5]
    assert redelivered(order, read, batch_rows) == [b"a", b"b", b"b", b"c", b"c", b"d"]
    partition.close()


class Asked:
    """A message that counts the requests for its id."""

    def __init__(self, message: Any) -> None:
        self._message, self.times = message, 0

    def data(self) -> bytes:
        payload: bytes = self._message.data()
        return payload

    def message_id(self) -> Any:
        self.times += 1
        return self._message.message_id()

    def publish_timestamp(self) -> int:
        return int(self._message.publish_timestamp())


def test_equal_events_are_kept_and_only_they_are_asked_for_their_ids(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "equal", [b"a", b"b", b"b", b"c", b"d", b"e"])
    partition = PulsarSource(topic, pulsar).build_part("in", f"{topic}-partition-0", None)
    drain: Callable[[int], Any] = partition._drain
    read: list[Asked] = []
    while len(read) < 6:
        read += map(Asked, drain(6)[0])
    assert redelivered([*range(6)], read, 10) == [b"a", b"b", b"b", b"c", b"d", b"e"]
    assert [message.times for message in read] == [0, 1, 1, 0, 0, 1]
    partition.close()


def test_a_trimmed_history_is_refused(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("trimmed")
    path = f"persistent/{TopicName.parse(topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, topic, ["k"] * 10, numbers(10))
    source = PulsarSource(topic, pulsar, batch_rows=4)
    first = source.build_part("in", topic, None)
    take(first, 4)
    state = first.snapshot()
    first.close()
    admin_call(pulsar, "PUT", f"{path}/unload")
    source.build_part("in", topic, state).close()
    before = extent_of(topic, pulsar)[topic].first
    publish(pulsar, topic, ["k"] * 10, numbers(10, 10))
    trimmed(pulsar, topic, lambda: extent_of(topic, pulsar)[topic].first != before)
    with pytest.raises(HistoryTrimmed, match=rf"{topic}.*after message \d+:0:3.*messages from \d+:0:0"):
        source.build_part("in", topic, state)
