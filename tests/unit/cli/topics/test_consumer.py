"""Tests reading a topic outside the dataflow: to its end, on from a position, past missing messages."""

import logging
from pathlib import Path

import pytest

from cli.shutdown import StopSignal
from cli.topics.consumer import TopicConsumer, open_follower, wait_for_follower
from connectors.embedded.topic_folder import open_topic
from connectors.embedded.topics import TopicRetention, TopicWriter
from connectors.messages import RunStopped
from connectors.pulsar import MissingTopic, PulsarConnection
from dataflows.runtime.settings import Settings
from tests.support.broker.topics import fresh_topic

TOPIC = "persistent://public/default/some"


def written(settings: Settings, start: int, count: int, keeping: TopicRetention | None = None) -> list[bytes]:
    payloads = [b"%d" % number for number in range(start, start + count)]
    writer = TopicWriter(open_topic(settings.var / "topics", TOPIC, keeping), lambda: 0)
    for payload in payloads:  # one per write, so that small segments are cut
        writer.write(writer.pending([payload.decode()], [payload]))
    writer.close()
    return payloads


def to_the_end(follower: TopicConsumer) -> list[bytes]:
    read = list[bytes]()
    while not follower.ended:
        read += follower.read()
    return read


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


@pytest.mark.parametrize("partitions", [1, 3])
def test_it_reads_to_the_end_and_on_from_there(settings: Settings, partitions: int) -> None:
    first = written(settings, 0, 700, TopicRetention(partitions=partitions))
    follower = open_follower(settings, TOPIC, None, StopSignal(), bounded=True)
    assert sorted(to_the_end(follower)) == sorted(first)
    second = written(settings, 700, 5)
    assert sorted(to_the_end(open_follower(settings, TOPIC, follower.position(), StopSignal(), bounded=True))) == second


def test_a_position_in_the_middle_is_gone_on_from(settings: Settings) -> None:
    payloads = written(settings, 0, 1000, TopicRetention(partitions=1))
    follower = open_follower(settings, TOPIC, None, StopSignal(), bounded=False)
    head = follower.read()
    position = follower.position()
    follower.close()
    assert 0 < len(head) < len(payloads)
    assert head + to_the_end(open_follower(settings, TOPIC, position, StopSignal(), bounded=True)) == payloads


@pytest.mark.parametrize("position", [b"{", b'{"topic": "other", "parts": {"0": "eyJ9"}}', b"[]", b'{"topic": 1}'])
def test_a_position_that_says_nothing_of_this_topic_counts_for_nothing(settings: Settings, position: bytes) -> None:
    payloads = written(settings, 0, 10)
    assert sorted(to_the_end(open_follower(settings, TOPIC, position, StopSignal(), bounded=True))) == payloads


def test_what_is_gone_is_said_and_passed_over(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=200, retain_bytes=600)
    written(settings, 0, 3, keeping)
    follower = open_follower(settings, TOPIC, None, StopSignal(), bounded=True)
    to_the_end(follower)
    payloads = written(settings, 3, 300, keeping)
    caplog.set_level(logging.WARNING)
    read = to_the_end(open_follower(settings, TOPIC, follower.position(), StopSignal(), bounded=True))
    assert read
    assert read == payloads[-len(read) :]
    assert len(read) < 100
    assert "resuming at its oldest message" in caplog.text


def test_a_topic_that_is_not_there_is_waited_for_until_told_to_stop(pulsar: PulsarConnection) -> None:
    settings = Settings(pulsar_url=pulsar.url, pulsar_admin_url=pulsar.admin_url)
    topic, stop = fresh_topic("nowhere"), StopSignal()
    with pytest.raises(MissingTopic):
        open_follower(settings, topic, None, stop, bounded=True)
    stop.set()
    with pytest.raises(RunStopped, match="stopped before"):
        wait_for_follower(settings, topic, None, stop)
