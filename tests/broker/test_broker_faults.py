"""Tests the Pulsar connector while brokers die, hang and restart."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.messages import Outgoing, RunStopped
from connectors.pulsar import (
    Publisher,
    PulsarConnection,
    PulsarHistory,
    PulsarSink,
    PulsarSource,
    extent_of,
    publish,
)
from connectors.pulsar.sink import PulsarSinkPartition
from tests.support.broker.broker import Broker, BrokerUnavailable
from tests.support.broker.readers import everything, take
from tests.support.broker.topics import numbers, topic_of
from tests.support.programs.command_line import headrace, home
from tests.support.waiting import await_that, when


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("faults"))
    try:
        broker.start()
    except BrokerUnavailable as error:
        pytest.fail(str(error), pytrace=False)
    yield broker
    broker.stop()


@pytest.fixture
def connection(broker: Broker, tmp_path: Path) -> PulsarConnection:
    """Connects once the broker is ready: another test may just have killed or paused it."""
    broker.wait_healthy()
    return PulsarConnection(broker.url, broker.admin_url, client_log=str(tmp_path / "client.log"))


def in_background(task: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=task, daemon=True)
    thread.start()
    return thread


def test_each_message_is_delivered_once_over_a_kill(broker: Broker, connection: PulsarConnection) -> None:
    topic = topic_of(connection, "killed", [])
    publish(connection, topic, ["k"] * 30_000, numbers(30_000))
    partition = PulsarSource(topic, connection, batch_rows=700).build_part("in", f"{topic}-partition-0", None)
    read = take(partition, 5_000)
    broker.kill()
    while held := partition.next_batch():  # what the client has fetched before
        read += [payload for batch in held for payload in batch.payloads]
    broker.start()
    publish(connection, topic, ["k"] * 1_000, numbers(1_000, 30_000))
    read += take(partition, 31_000 - len(read))
    assert partition.next_batch() == []
    partition.close()
    assert read == numbers(31_000)


def test_history_is_read_to_its_end_over_a_kill(broker: Broker, connection: PulsarConnection) -> None:
    """Messages that are published later are not read."""
    topic = topic_of(connection, "history", [])
    publish(connection, topic, ["k"] * 30_000, numbers(30_000))
    source = PulsarHistory(topic, connection, extent_of(topic, connection), batch_rows=700)
    (name,) = source.list_parts()
    partition = source.build_part("in", name, None)
    read = take(partition, 5_000)
    broker.kill()
    broker.start()
    publish(connection, topic, ["k"] * 1_000, numbers(1_000, 30_000))
    read += take(partition, 30_000 - len(read))
    with pytest.raises(StopIteration):
        while True:
            assert not any(batch.payloads for batch in partition.next_batch())
    partition.close()
    assert read == numbers(30_000)


def test_a_snapshot_of_the_sink_survives_a_restart(broker: Broker, connection: PulsarConnection) -> None:
    topic = topic_of(connection, "sink", [], partitions=2)
    sink = PulsarSink(topic, connection, 1).build_part("out", "0", None)
    keys = [f"k{number}" for number in range(20_000)]
    sink.write_batch([Outgoing(keys, numbers(20_000))])
    broker.kill()
    held = in_background(lambda: _write_and_flush(sink.write_batch, sink.snapshot, keys))
    held.join(1)
    assert held.is_alive()
    broker.start()
    held.join(150)
    assert isinstance(sink, PulsarSinkPartition)
    assert not held.is_alive(), _stuck(sink._publisher, Path(connection.client_log))
    sink.close()
    read = everything(PulsarSource(topic, connection, bounded=True))
    assert {payload for part in read.values() for payload in part} == set(numbers(40_000))


def _stuck(publisher: Publisher, client_log: Path) -> str:
    """Returns what it waits for: a flush that never returns would leave nothing to inspect."""
    producers = [(producer.open, producer._raw.is_connected()) for producer in publisher._producers]
    pending = publisher._pending
    return f"{pending.rows} pending, {pending.failure}, {producers}\n{client_log.read_text()[-3_000:]}"


def _write_and_flush(write: Callable[[list[Outgoing]], None], flush: Callable[[], None], keys: list[str]) -> None:
    write([Outgoing(keys, numbers(20_000, 20_000))])
    flush()


def test_a_reader_waits_for_a_broker_with_one_warning(
    broker: Broker, connection: PulsarConnection, caplog: pytest.LogCaptureFixture
) -> None:
    topic = topic_of(connection, "awaited", [])
    publish(connection, topic, ["k"] * 3, numbers(3))
    source = PulsarSource(topic, connection)
    broker.kill()
    back = when(lambda: bool(caplog.records), broker.start)
    with caplog.at_level(logging.WARNING, logger="connectors"):
        (part,) = source.list_parts()
    waits = [entry.message for entry in caplog.records if "does not answer" in entry.message]
    back.join(300)
    partition = source.build_part("in", part, None)
    assert take(partition, 3, seconds=150) == numbers(3)
    partition.close()
    assert len(waits) == 1
    assert topic in waits[0]


def test_waiting_ends_when_told_to_stop(broker: Broker, connection: PulsarConnection) -> None:
    topic = topic_of(connection, "stopped", [])
    stopping = threading.Event()
    sink = PulsarSink(topic, connection, 1, stopping=stopping.is_set).build_part("out", "0", None)
    sink.write_batch([Outgoing(["k"], [b"before"])])
    sink.snapshot()
    broker.pause()
    try:
        sink.write_batch([Outgoing(["k"], [b"unanswered"])])
        stopping.set()
        with pytest.raises(RunStopped, match=topic):
            sink.snapshot()
        with pytest.raises(RunStopped):
            PulsarSource(topic, connection, stopping=stopping.is_set).list_parts()
    finally:
        broker.resume()
    stopping.clear()
    sink.close()


def test_a_drain_waits_for_a_broker_that_answers(broker: Broker, connection: PulsarConnection) -> None:
    topic = topic_of(connection, "drained", [])
    sink = PulsarSink(topic, connection, 1, stopping=lambda: True).build_part("out", "0", None)
    sink.write_batch([Outgoing(["k"] * 5_000, numbers(5_000))])
    sink.close()
    assert list(everything(PulsarSource(topic, connection, bounded=True)).values()) == [numbers(5_000)]


def test_a_register_gives_up_on_a_broker_that_hangs_and_ctrl_c_ends_the_wait(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE_PULSAR_URL", broker.url)
        monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", broker.admin_url)
        await_that(lambda: headrace("register").exit_code == 0)  # the broker may have been killed a moment ago
        broker.pause()
        try:
            hung = headrace("register")
            ended, output = interrupted([sys.executable, "-m", "cli.main", "register"], "does not answer")
        finally:
            broker.resume()
        assert hung.exit_code == 3
        assert "no answer within 10 s" in hung.output
        assert (ended, output) == (130, "interrupted\n")
        assert headrace("register").stdout == "nothing to do: revision 1 already contains these definitions\n"


def interrupted(command: list[str], words: str) -> tuple[int, str]:
    """Sends Ctrl-C at the first line, which has these words; returns the exit code and the output after it."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stderr is not None
        assert words in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        return process.wait(60), process.stderr.read()


def test_a_broker_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerUnavailable, match=r"not found: java.*HEADRACE_TEST_PULSAR_URL"):
        Broker(tmp_path).start()
