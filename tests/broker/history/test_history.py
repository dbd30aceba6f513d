"""Tests the history of a topic of a real broker: exactly the messages of an extent, or an error that names the
range."""

from collections.abc import Callable

import pytest

from connectors.messages import Extent, RawBatch
from connectors.pulsar import HistoryTrimmed, MissingTopic, PulsarConnection, PulsarHistory, TopicName, publish
from connectors.pulsar.history import extent_of
from tests.support.broker.readers import batches, everything, take
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of, trimmed


def written(pulsar: PulsarConnection, name: str, sizes: list[int]) -> str:
    """Writes a topic of one partition with one batch, which is one entry, of each size."""
    topic = topic_of(pulsar, name, [])
    for number, size in enumerate(sizes):
        publish(pulsar, topic, ["k"] * size, numbers(size, sum(sizes[:number])))
    return topic


def only(pulsar: PulsarConnection, topic: str, change: Callable[[int, int, int], Extent]) -> PulsarHistory:
    """Returns some entries of a topic: `change` gets the ledger, the first and the end entry of its only partition."""
    ((name, extent),) = extent_of(topic, pulsar).items()
    (ledger, first), (_, end) = (map(int, position.split(":")) for position in (extent.first, extent.end))
    return PulsarHistory(topic, pulsar, {name: change(ledger, first, end)}, batch_rows=7)


def test_an_extent_is_read_to_its_end_and_not_beyond(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "extent", numbers(2_500), partitions=2)
    extents = extent_of(topic, pulsar)
    assert list(extents) == [f"{topic}-partition-{number}" for number in range(2)]
    publish(pulsar, topic, [f"k{number}" for number in range(50)], [b"too late"] * 50)
    payloads = everything(PulsarHistory(topic, pulsar, extents, batch_rows=1_000))
    assert sorted(payload for of_partition in payloads.values() for payload in of_partition) == sorted(numbers(2_500))


def test_the_last_batch_says_that_it_ended(pulsar: PulsarConnection) -> None:
    topic = written(pulsar, "ended", [1_000, 1_000, 500])
    source = PulsarHistory(topic, pulsar, extent_of(topic, pulsar), batch_rows=900)
    partition = source.build_part("in", source.list_parts()[0], None)
    read = list(batches(partition))
    partition.close()
    assert [payload for batch in read for payload in batch.payloads] == numbers(2_500)
    assert [batch.ended for batch in read] == [False] * (len(read) - 1) + [True]


@pytest.mark.parametrize(("first", "end"), [(0, 4), (0, 1), (1, 3), (2, 4), (3, 3)])
def test_entries_are_whole_batches(pulsar: PulsarConnection, first: int, end: int) -> None:
    sizes = [10, 1, 25, 4]
    topic = written(pulsar, "entries", sizes)
    source = only(pulsar, topic, lambda ledger, _, __: Extent(f"{ledger}:{first}", f"{ledger}:{end}"))
    assert list(everything(source).values()) == [numbers(sum(sizes[first:end]), sum(sizes[:first]))]


@pytest.mark.parametrize("cut", [1, 6, 7, 8, 20])
def test_it_resumes_inside_a_batch(pulsar: PulsarConnection, cut: int) -> None:
    topic = written(pulsar, "resumed", [10, 1, 25, 4])
    ((name, extent),) = extent_of(topic, pulsar).items()
    ledger, entry = extent.first.split(":")
    part = {name: Extent(f"{ledger}:{int(entry) + 1}", extent.end)}
    first = PulsarHistory(topic, pulsar, part, batch_rows=cut).build_part("in", name, None)
    head = take(first, 1)
    state = first.snapshot()
    first.close()
    second = PulsarHistory(topic, pulsar, part, batch_rows=9).build_part("in", name, state)
    rest = [payload for batch in batches(second) for payload in batch.payloads]
    second.close()
    assert head + rest == numbers(30, 10)


def test_a_snapshot_before_the_first_message_begins_there(pulsar: PulsarConnection) -> None:
    topic = written(pulsar, "early", [3, 3])
    source = only(pulsar, topic, lambda ledger, _, end: Extent(f"{ledger}:1", f"{ledger}:{end}"))
    (name,) = source.list_parts()
    first = source.build_part("in", name, None)
    state = first.snapshot()
    first.close()
    second = source.build_part("in", name, state)
    assert take(second, 3) == numbers(3, 3)
    second.close()


def test_an_extent_goes_over_ledgers(pulsar: PulsarConnection) -> None:
    topic = written(pulsar, "ledgers", [5])
    (name,) = extent_of(topic, pulsar)
    path = f"persistent/{TopicName.parse(name).path}"
    before = extent_of(topic, pulsar)[name]
    for number in (5, 10):
        admin_call(pulsar, "PUT", f"{path}/unload")
        publish(pulsar, topic, ["k"] * 5, numbers(5, number))
    extent = extent_of(topic, pulsar)[name]
    assert extent.first.split(":")[0] == before.end.split(":")[0] != extent.end.split(":")[0]
    assert everything(PulsarHistory(topic, pulsar, {name: extent})) == {name: numbers(15)}
    assert everything(PulsarHistory(topic, pulsar, {name: Extent(before.end, extent.end)})) == {name: numbers(10, 5)}


def test_an_empty_topic_has_an_empty_extent(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "empty", [])
    ((name, extent),) = extent_of(topic, pulsar).items()
    assert extent.first == extent.end
    partition = PulsarHistory(topic, pulsar, {name: extent}).build_part("in", name, None)
    (batch,) = partition.next_batch()
    partition.close()
    assert (batch.payloads, batch.ended) == ([], True)


def test_a_topic_that_is_not_there_is_said(pulsar: PulsarConnection) -> None:
    with pytest.raises(MissingTopic, match="does not exist"):
        extent_of(fresh_topic("none"), pulsar)


def test_all_arrivals_are_those_of_each(pulsar: PulsarConnection) -> None:
    topic = written(pulsar, "arrivals", [3, 4])
    source = PulsarHistory(topic, pulsar, extent_of(topic, pulsar))
    partition = source.build_part("in", source.list_parts()[0], None)
    read: list[RawBatch] = [batch for batch in batches(partition) if batch.payloads]
    partition.close()
    assert read
    for batch in read:
        assert batch.arrivals is not None
        assert batch.arrived is not None
        assert batch.arrivals().tolist() == [batch.arrived(row) for row in range(len(batch.payloads))]


def test_what_is_gone_is_named(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("gone")
    path = f"persistent/{TopicName.parse(topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, topic, ["k"] * 10, numbers(10))
    asked = extent_of(topic, pulsar)
    admin_call(pulsar, "PUT", f"{path}/unload")
    assert everything(PulsarHistory(topic, pulsar, asked)) == {topic: numbers(10)}
    publish(pulsar, topic, ["k"] * 10, numbers(10, 10))
    first, end = asked[topic].first, asked[topic].end
    pattern = rf"{topic}: messages from {first} up to {end} are requested, but the broker holds \d+:0:0 up to \d+:1"
    trimmed(pulsar, topic, lambda: extent_of(topic, pulsar)[topic].first != first)
    with pytest.raises(HistoryTrimmed, match=pattern):
        PulsarHistory(topic, pulsar, asked).build_part("in", topic, None)


def test_what_was_never_written_is_named(pulsar: PulsarConnection) -> None:
    topic = written(pulsar, "beyond", [3])
    source = only(pulsar, topic, lambda ledger, first, end: Extent(f"{ledger}:{first}", f"{ledger}:{end + 1}"))
    with pytest.raises(HistoryTrimmed, match=r"messages from \d+:0 up to \d+:2 are requested, but the broker holds"):
        source.build_part("in", source.list_parts()[0], None)
