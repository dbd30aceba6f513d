"""Tests topics that have lost their first messages: a log line says so, and state that begins empty on them is warming
up."""

import time
import urllib.request
import uuid
from pathlib import Path

import pulsar as client_library
import pytest

from connectors.embedded.topics import TopicRetention, append
from connectors.embedded.topics import oldest_left as oldest_in_folder
from connectors.pulsar import PulsarConnection, TopicName, oldest_left
from connectors.pulsar.client import client_arguments
from connectors.pulsar.topics.admin import PulsarAdmin
from dataflows.compiler.program import TileLayouts
from dataflows.runtime.recovery.histories import histories
from dataflows.runtime.recovery.resumption import NOTHING, Resumption
from dataflows.windows.clocks import WallClock
from dataflows.windows.operator import WindowOperator
from tests.support.dataflow.shards.live_shard import BASE, LiveShards, defined, orders

BEGUN = 9_000


def asked(connection: PulsarConnection, method: str, topic: str, what: str) -> None:
    url = f"{connection.admin_url}/admin/v2/persistent/{TopicName.parse(topic).path}/{what}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
        answer.read()


@pytest.fixture
def topic(pulsar: PulsarConnection) -> str:
    name = f"persistent://public/default/history-{uuid.uuid4().hex[:8]}"
    PulsarAdmin(pulsar).ensure_topic(name, 2)
    return name


def sent(connection: PulsarConnection, partition: str, count: int) -> None:
    client = client_library.Client(**client_arguments(connection))
    producer = client.create_producer(partition)
    for _ in range(count):
        producer.send(b"x")
    client.close()


def since(connection: PulsarConnection, topic: str) -> int | None:
    return oldest_left(topic, connection, lambda: BEGUN, lambda: False)


def test_a_topic_that_has_lost_nothing(pulsar: PulsarConnection, topic: str) -> None:
    partition = f"{topic}-partition-0"
    assert since(pulsar, topic) is None
    sent(pulsar, partition, 3)
    for _ in range(3):
        asked(pulsar, "PUT", partition, "unload")
        sent(pulsar, partition, 1)
    assert since(pulsar, topic) is None


def test_a_topic_that_has_lost_its_first_messages(pulsar: PulsarConnection, topic: str) -> None:
    partition = f"{topic}-partition-1"
    sent(pulsar, partition, 3)
    asked(pulsar, "PUT", partition, "unload")
    before = time.time_ns() // 1_000_000
    sent(pulsar, partition, 2)
    asked(pulsar, "DELETE", partition, "truncate")
    deadline = time.monotonic() + 30
    while (oldest := since(pulsar, topic)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert oldest is not None
    assert before <= oldest <= time.time_ns() // 1_000_000


def test_a_topic_that_is_not_there_has_lost_nothing(pulsar: PulsarConnection) -> None:
    assert since(pulsar, f"persistent://public/default/none-{uuid.uuid4().hex[:8]}") is None


def test_an_embedded_topic(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    times = iter(range(100, 10_000, 100))
    for number in range(40):
        append(tmp_path, "small", [f"{number}"], [b"x" * 100], lambda: next(times), keeping=keeping)
        if number == 5:
            assert oldest_in_folder(tmp_path, "small", lambda: BEGUN) is None
    oldest = oldest_in_folder(tmp_path, "small", lambda: BEGUN)
    assert oldest is not None
    assert 1_000 < oldest < 4_000


@pytest.mark.parametrize(
    ("resumption", "earliest", "oldest", "expected"),
    [
        (NOTHING, True, None, {}),
        (NOTHING, True, 4_000, {"user_id": 4_000}),
        (NOTHING, False, None, {"user_id": BEGUN}),
        (Resumption(current=frozenset({"read_orders"})), True, None, {"user_id": BEGUN}),
        (Resumption(missed=frozenset({"read_orders", "windows_user_id"})), True, None, {}),
        (Resumption(unknown=True), True, None, {"user_id": BEGUN}),
    ],
)
def test_what_begins_empty_counts_since(
    tmp_path: Path, resumption: Resumption, earliest: bool, oldest: int | None, expected: dict[str, int]
) -> None:
    assert histories(defined(tmp_path, BASE), resumption, BEGUN, earliest, lambda _: oldest) == expected


def test_a_loss_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    histories(defined(tmp_path, BASE), NOTHING, BEGUN, True, lambda _: 1_767_225_600_000)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "source orders" in record.getMessage()
    assert "2026-01-01T00:00:00+00:00" in record.getMessage()


def test_a_shard_that_missed_a_run_starts_over_and_is_warming_up(live: LiveShards, tmp_path: Path) -> None:
    definitions = defined(tmp_path, BASE)
    going = live.shard(definitions)
    live.take(going, orders(0, 25))
    snapshot, layouts = going.snapshot(), TileLayouts(definitions.of_entity("user_id"))
    over = WindowOperator("user_id", layouts, lambda marks: WallClock(lambda: BEGUN, marks), BEGUN, 0, missed=True)(
        snapshot
    )
    goes_on = WindowOperator("user_id", layouts, lambda marks: WallClock(lambda: BEGUN, marks), BEGUN, 0)(snapshot)
    assert len(over.tiles.refill()) == 0 < len(goes_on.tiles.refill())
    assert set(over.tiles.layout.since.values()) == {BEGUN}
