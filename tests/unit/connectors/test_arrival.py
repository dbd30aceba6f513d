"""Tests arrival times of messages: never later than the read, for any clock of the producer."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.embedded.topics import LogSource
from connectors.embedded.writer import append
from connectors.messages import RawBatch
from connectors.pulsar import PulsarConnection, PulsarSource
from connectors.reading.arrival import ArrivalClock
from dataflows.definitions.loader import Source
from dataflows.ingest.decoding.decoder import Decoder
from tests.support.broker.topics import topic_of
from tests.support.factories.order_events import event, reasons, source

NOW, YEAR, HOUR, MINUTE = 1_767_225_600_000, 31_536_000_000, 3_600_000, 60_000
TOPIC = "persistent://public/default/raw-order-events"


def never() -> bool:
    return False


def clock_at(time_ms: int) -> Callable[[], int]:
    """Returns a clock that stands still."""
    return lambda: time_ms


@pytest.fixture
def orders(tmp_path: Path) -> Source:
    return source(tmp_path / "specs")


def logged(root: Path, published: list[int], now: int, bounded: bool = False) -> Iterator[RawBatch]:
    """Yields what a source reads, at a given time, of events published at the times they happened."""
    for published_ms in published:
        append(
            root, TOPIC, ["one"], [event(timestamp=published_ms, user_id=f"u{published_ms}")], clock_at(published_ms)
        )
    topic = LogSource(root, TOPIC, stopping=never, clock=clock_at(now), bounded=bounded)
    for name in topic.list_parts():
        partition = topic.build_part("read", name, None)
        yield from (batch for batch in partition.next_batch() if batch.payloads)
        partition.close()


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("order", [[0, YEAR, 1], [YEAR, 0, 1], [0, 1, YEAR], [YEAR], [YEAR, 2 * YEAR]])
def test_a_producer_ahead_is_refused_wherever_it_stands_in_a_batch(
    tmp_path: Path, orders: Source, order: list[int], bounded: bool
) -> None:
    (batch,) = logged(tmp_path, [NOW + ahead for ahead in order], NOW + 1_000, bounded)
    assert min(batch.published_ms, batch.newest_ms) >= NOW
    assert max(batch.published_ms, batch.newest_ms) <= NOW + 1_000
    events = Decoder(orders)(batch)
    assert reasons(events) == [(row, "future") for row, ahead in enumerate(order) if ahead >= YEAR]


def test_every_message_has_its_own_arrival(tmp_path: Path, orders: Source) -> None:
    """An event 59 minutes ahead of its arrival is rejected, although a later message of the batch arrives after it."""
    for published, happened in ((NOW, NOW), (NOW + MINUTE, NOW + HOUR), (NOW + 2 * HOUR, NOW + 2 * HOUR)):
        append(tmp_path, TOPIC, ["one"], [event(timestamp=happened)], clock_at(published))
    (batch,) = logged(tmp_path, [], NOW + 3 * HOUR)
    events = Decoder(orders)(batch)
    assert reasons(events) == [(1, "future")]
    assert "3,540 s ahead" in events.rejects[0].detail


@pytest.mark.parametrize("behind", [0, HOUR, YEAR])
def test_pulsar_messages_arrive_when_they_are_read_at_the_latest(pulsar: PulsarConnection, behind: int) -> None:
    """To a clock that is behind, the producer is ahead."""
    topic = topic_of(pulsar, "ahead", [b"{}", b"{}"], partitions=1)
    now = time.time_ns() // 1_000_000 - behind
    source = PulsarSource(topic, pulsar, start="earliest", bounded=True, stopping=never, clock=clock_at(now))
    partition = source.build_part("read", source.list_parts()[0], None)
    batches: list[RawBatch] = []
    while not (batches and batches[-1].ended):
        batches += partition.next_batch()
    partition.close()
    for batch in batches:
        arrived = [batch.published_ms, batch.newest_ms]
        assert batch.arrived is not None
        arrived += [batch.arrived(row) for row in range(len(batch.payloads))]
        assert max(arrived) <= now + 1_000
        assert not batch.payloads or behind == 0 or set(arrived) == {max(arrived)}


def test_a_clock_that_is_set_back_does_not_set_arrivals_back() -> None:
    walls, elapsed = iter([1_000_000, 1_000_500, 400_000, 400_100, 1_002_000]), iter([0, 0, 500, 600, 700, 1_900])
    arrival = ArrivalClock(lambda: next(walls), lambda: next(elapsed) * 1_000_000)
    assert [arrival.now() for _ in range(5)] == [1_000_000, 1_000_500, 1_000_600, 1_000_700, 1_002_000]
