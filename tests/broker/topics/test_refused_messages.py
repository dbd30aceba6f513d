"""Tests messages a broker refuses to store: too large, or for a terminated topic. The run continues, the rest is
stored."""

import json
import logging
import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from connectors.messages import Outgoing
from connectors.pulsar import (
    Publisher,
    PulsarAdmin,
    PulsarConnection,
    PulsarSink,
    PulsarSource,
    TopicName,
    create_topic,
    publish,
)
from connectors.pulsar.size_limits import message_limit
from connectors.refused_file import CUT_BYTES, RefusedFile, refused_line
from dataflows.metrics import REFUSED
from dataflows.runtime.refused_messages import AGAIN_MS, RefusedMessages
from tests.support.broker.broker import Broker, BrokerUnavailable
from tests.support.broker.readers import everything
from tests.support.broker.topics import admin_call, topic_of
from tests.support.generators.seeds import fresh_seed

LIMIT = 200_000


class Kept:
    """Collects refused messages."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.whys: set[str] = set()

    def __call__(self, topic: str, keys: list[str], payloads: list[bytes], why: str) -> None:
        assert len(keys) == len(payloads)
        self.payloads += payloads
        self.whys.add(why)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulsarConnection]:
    """Starts a broker that accepts only small messages."""
    folder = tmp_path_factory.mktemp("small")
    broker = Broker(folder, f"maxMessageSize={LIMIT}\n")
    try:
        broker.start()
    except BrokerUnavailable as error:
        pytest.fail(str(error), pytrace=False)
    yield PulsarConnection(broker.url, broker.admin_url, client_log=str(folder / "client.log"))
    broker.stop()


def stored(connection: PulsarConnection, topic: str) -> list[bytes]:
    read = everything(PulsarSource(topic, connection, bounded=True))
    return sorted(set(chain.from_iterable(read.values())))


def test_the_broker_says_how_much_it_takes(small: PulsarConnection) -> None:
    assert PulsarAdmin(small).max_message_bytes() == LIMIT
    assert message_limit(small, None) == LIMIT
    assert message_limit(small, 5_000) == 5_000
    away = PulsarConnection("pulsar://127.0.0.1:1", "http://127.0.0.1:1")
    assert message_limit(away, None) == 5_242_880


@pytest.mark.parametrize("known", [None, 20_000_000])
def test_what_is_too_large_is_refused_and_all_else_is_stored(small: PulsarConnection, known: int | None) -> None:
    """Even if the limit is unknown: a batch is refused, and its messages are sent one by one."""
    choose = random.Random(fresh_seed())
    sizes = [choose.choice([10, 1_000, 60_000, 150_000, 199_000, 201_000, 900_000]) for _ in range(60)]
    payloads = [b"%d " % number + b"x" * size for number, size in enumerate(sizes)]
    topic, refused = topic_of(small, "sizes", [], partitions=2), Kept()
    publisher = Publisher(topic, small, most_bytes=known, refuse=refused)
    for start in range(0, len(payloads), 7):
        sent = payloads[start : start + 7]
        publisher.send([f"k{choose.randrange(9)}" for _ in sent], sent)
    publisher.flush()
    publisher.close()
    assert sorted(refused.payloads) == sorted(payload for payload in payloads if len(payload) > LIMIT)
    assert refused.whys <= {"MessageTooBig"}
    assert stored(small, topic) == sorted(payload for payload in payloads if len(payload) <= LIMIT)


def test_a_key_counts_as_what_it_takes(small: PulsarConnection) -> None:
    topic, refused = topic_of(small, "keys", []), Kept()
    publisher = Publisher(topic, small, refuse=refused)
    publisher.send(["é" * 60_000, "a", "b" * 150_000], [b"large key", b"small", b"larger key"])
    publisher.close()
    assert refused.payloads == [b"large key", b"larger key"]
    assert stored(small, topic) == [b"small"]


def test_a_side_topic_that_is_ended_does_not_end_the_run(
    small: PulsarConnection, caplog: pytest.LogCaptureFixture
) -> None:
    topic, refused = topic_of(small, "letters", [], partitions=1), Kept()
    sink = PulsarSink(topic, small, 1, refuse=refused, essential=False)
    part = sink.build_part("out", "0", None)
    part.write_batch([Outgoing(["a"], [b"before"])])
    part.snapshot()
    admin_call(small, "POST", f"persistent/{TopicName.parse(topic).path}-partition-0/terminate")
    sent = [b"%d" % number for number in range(200)]
    for payload in sent:
        part.write_batch([Outgoing(["a"], [payload])])
        part.snapshot()
    part.close()
    assert set(sent) <= set(refused.payloads) | set(stored(small, topic))
    assert refused.whys == {"TopicTerminated"}
    again = sink.build_part("out", "0", None)  # as after a restart
    again.write_batch([Outgoing(["a"], [b"after"])])
    again.snapshot()
    again.close()
    assert refused.payloads[-1] == b"after"
    assert any("the run continues without it" in record.message for record in caplog.records)


def test_a_missing_topic_is_created_once(small: PulsarConnection) -> None:
    topic = topic_of(small, "there", [], partitions=1)
    assert not create_topic(small, topic, 3)
    assert create_topic(small, f"{topic}-not", 3)
    assert not create_topic(small, f"{topic}-not", 5)
    assert PulsarAdmin(small).partitions(f"{topic}-not") == 3
    publish(small, f"{topic}-not", ["a"], [b"1"])
    assert stored(small, f"{topic}-not") == [b"1"]


def test_refusals_are_counted_told_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = [1_000_000]
    refusals = RefusedMessages(tmp_path / "refused", 1 << 20, lambda: clock[0])
    topic = f"persistent://public/default/{tmp_path.name}"
    for _ in range(5):
        refusals(topic, ["u1", "u2"], [b"\xff" * 30_000, b'{"a": 1}'], "MessageTooBig")
    clock[0] += AGAIN_MS
    refusals(topic, ["u1"], ["ü".encode() * 10_000], "MessageTooBig")
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert [message.split(" rejects ")[1].split(" messages")[0] for message in warnings] == ["2", "9"]
    (file,) = (tmp_path / "refused").iterdir()
    assert str(file) in warnings[0]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["bytes"] for line in lines] == [30_000, 8] * 5 + [20_000]
    assert lines[1]["payload"] == '{"a": 1}'
    assert lines[-1]["payload"] == "ü" * (CUT_BYTES // 2)
    assert REFUSED.labels(topic, "MessageTooBig")._value.get() == 11


def test_the_file_of_refused_messages_is_bounded(tmp_path: Path) -> None:
    file = RefusedFile(tmp_path, "persistent://a/b/c", 100_000)
    for number in range(100):
        file.add([refused_line(number, "t", "why", "k", b"x" * 5_000)])
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) <= 100_000
    assert json.loads(file.path.read_text().splitlines()[-1])["at_ms"] == 99


def test_a_file_that_cannot_be_written_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "refused").write_text("in the way")
    RefusedMessages(tmp_path / "refused", 1 << 20, lambda: 0)("t", ["k"], [b"1"], "MessageTooBig")
    assert "they are lost, because their file is not writable either" in caplog.text
