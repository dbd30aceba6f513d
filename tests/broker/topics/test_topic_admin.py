"""Tests topics and their retention on a real broker."""

import time

import pytest

from connectors.pulsar import (
    MissingTopic,
    PulsarAdmin,
    PulsarConnection,
    PulsarSource,
    TopicName,
    check_retention,
)
from tests.support.broker.topics import admin_call, fresh_topic, topic_of


def test_a_topic_is_created_once(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("ensured")
    admin = PulsarAdmin(pulsar)
    assert admin.partitions(topic) is None
    assert admin.ensure_topic(topic, 3) == 3
    assert admin.ensure_topic(topic, 5) == 3
    assert admin.last_message(f"{topic}-partition-0").entry == -1


def test_a_missing_topic_is_named_with_the_way_to_create_it(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("missing")
    with pytest.raises(MissingTopic, match=f"{topic} does not exist.*create-partitioned-topic"):
        PulsarSource(topic, pulsar).list_parts()


def test_retention_of_nothing_is_told_with_the_way_to_set_it(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "kept", [])
    admin = PulsarAdmin(pulsar)
    assert check_retention(pulsar, topic) is None
    limits = {"retentionTimeInMinutes": 0, "retentionSizeInMB": 0}
    admin_call(pulsar, "POST", f"persistent/{TopicName.parse(topic).path}/retention", limits)
    until = time.monotonic() + 120
    while admin.retention(topic) != (0, 0) and time.monotonic() < until:
        time.sleep(0.05)
    message = check_retention(pulsar, topic)
    assert message is not None
    assert f"{topic} keeps no acknowledged message" in message
    assert "set-retention public/default --time" in message
