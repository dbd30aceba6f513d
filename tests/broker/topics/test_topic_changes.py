"""Tests topics that change while they are read, on a real broker: warnings, messages read, and the end of the run."""

from collections.abc import Callable, Iterator

import pytest

from connectors.pulsar import HistoryTrimmed, PulsarAdmin, PulsarConnection, PulsarSource, publish
from connectors.pulsar.partition_reader import PulsarPartition
from connectors.pulsar.position import refuse_replaced
from connectors.pulsar.topics.changes import TopicReplaced, TopicTracker, look
from tests.support.broker.readers import take
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of
from tests.support.waiting import await_that


def path_of(topic: str) -> str:
    return topic.replace("://", "/")


class Read:
    """A topic that is read, and its course."""

    def __init__(self, pulsar: PulsarConnection, topic: str) -> None:
        self._admin, self.topic = PulsarAdmin(pulsar), topic
        source = PulsarSource(topic, pulsar, listed=self._note)
        self.partitions: dict[str, PulsarPartition] = {
            name: source.build_part("in", name, None) for name in source.list_parts()
        }

    def _note(self, topic: str, names: object) -> None:
        assert topic == self.topic and isinstance(names, list)
        self.course = TopicTracker(topic, names)

    def see(self) -> list[str]:
        return self.course.see(look(self._admin, self.topic, self.course.names), 0)

    def made(self, name: str) -> str:
        partitions = look(self._admin, self.topic, [name]).made
        return partitions[name].when if name in partitions else ""

    def take(self, count: int) -> list[bytes]:
        return sorted(payload for partition in self.partitions.values() for payload in take(partition, count))


Reading = Callable[[str], Read]


@pytest.fixture
def reading(pulsar: PulsarConnection) -> Iterator[Reading]:
    opened: list[Read] = []

    def read(topic: str) -> Read:
        opened.append(Read(pulsar, topic))
        return opened[-1]

    yield read
    for source in opened:
        for partition in source.partitions.values():
            partition.close()


def test_added_partitions_are_told_once_a_change(pulsar: PulsarConnection, reading: Reading) -> None:
    topic = topic_of(pulsar, "added", [], 2)
    read = reading(topic)
    assert read.see() == []
    for partitions in (3, 5):
        admin_call(pulsar, "POST", f"{path_of(topic)}/partitions", partitions)
        (trouble,) = read.see()
        assert (
            f"topic {topic} has {partitions} partitions now" in trouble and "reads only the 2 of its start" in trouble
        )
        assert read.see() == []
        assert read.course.unread == partitions - 2 and read.course.troubles(0) == [trouble]


def test_a_deleted_partition_that_comes_again_is_read_from_its_beginning(
    pulsar: PulsarConnection, reading: Reading
) -> None:
    topic = topic_of(pulsar, "partition", numbers(3), 1)
    read, name = reading(topic), f"{topic}-partition-0"
    assert read.take(3) == numbers(3)
    assert read.see() == []
    before = read.made(name)
    admin_call(pulsar, "DELETE", f"{path_of(name)}?force=true")
    publish(pulsar, topic, ["k"] * 5, numbers(5, 3))
    assert read.take(5) == numbers(5, 3)
    await_that(lambda: read.made(name) not in ("", before))
    (trouble,) = read.see()
    assert name in trouble and "are lost, the new one is read from its beginning" in trouble
    assert read.see() == [] and read.course.times_anew == 1
    assert read.course.troubles(3_599_999) == [trouble] and read.course.troubles(3_600_000) == []


def test_a_topic_without_partitions_that_comes_again_is_read_from_its_beginning(
    pulsar: PulsarConnection, reading: Reading
) -> None:
    topic = fresh_topic("whole")
    admin_call(pulsar, "PUT", path_of(topic))
    publish(pulsar, topic, ["k"] * 3, numbers(3))
    read = reading(topic)
    assert read.take(3) == numbers(3) and read.see() == []
    before = read.made(topic)
    admin_call(pulsar, "DELETE", f"{path_of(topic)}?force=true")
    publish(pulsar, topic, ["k"] * 5, numbers(5, 3))
    assert read.take(5) == numbers(5, 3)
    await_that(lambda: read.made(topic) not in ("", before))
    assert "created again" in read.see()[0]


def test_a_deleted_topic_is_told_until_it_is_back(pulsar: PulsarConnection, reading: Reading) -> None:
    topic = topic_of(pulsar, "deleted", numbers(3), 2)
    read = reading(topic)
    assert read.see() == []
    admin_call(pulsar, "DELETE", f"{path_of(topic)}/partitions?force=true")
    (trouble,) = read.see()
    assert f"topic {topic} was deleted while the dataflow reads it" in trouble and "create the topic again" in trouble
    assert read.see() == [] and read.course.missing


def test_a_topic_that_comes_again_with_other_partitions_ends_the_run(
    pulsar: PulsarConnection, reading: Reading
) -> None:
    topic = topic_of(pulsar, "replaced", numbers(3), 2)
    read = reading(topic)
    admin_call(pulsar, "DELETE", f"{path_of(topic)}/partitions?force=true")
    publish(pulsar, topic, ["k"], numbers(1))  # the broker creates it, without partitions
    assert read.see() == []
    with pytest.raises(TopicReplaced, match=r"again with no partitions, .* reads the 2 partitions of the old") as ended:
        read.see()
    assert ended.value.exit_code == 3


def test_a_snapshot_behind_the_end_of_the_topic_is_refused(pulsar: PulsarConnection, reading: Reading) -> None:
    topic = topic_of(pulsar, "behind", numbers(1), 1)
    read, name = reading(topic), f"{topic}-partition-0"
    read.take(1)
    last = read.partitions[name]._last
    refuse_replaced(name, last, last.ledger_id())
    with pytest.raises(HistoryTrimmed, match="the topic was created again"):
        refuse_replaced(name, last, last.ledger_id() - 1)
