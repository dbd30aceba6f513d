"""Tests the subscriptions of a topic on a real broker, and their use in a plan."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pulsar as client
import pytest

from connectors.pulsar import PulsarAdmin, PulsarConnection, Subscription
from tests.support.broker.topics import fresh_topic, topic_of
from tests.support.programs.command_line import SPENT, headrace, home


def settled(subscriptions: Callable[[], tuple[Subscription, ...]], connected: int) -> tuple[Subscription, ...]:
    """Returns the subscriptions once so many consumers are connected: the broker learns of a close a little later."""
    until = time.monotonic() + 120
    while sum(subscription.connected for subscription in subscriptions()) != connected and time.monotonic() < until:
        time.sleep(0.05)
    return subscriptions()


@pytest.mark.parametrize("partitions", [0, 2])
def test_subscriptions_readers_and_backlogs_are_known(partitions: int, pulsar: PulsarConnection) -> None:
    topic = fresh_topic("subscribed")
    admin = PulsarAdmin(pulsar)
    assert admin.subscriptions(topic) == ()
    if partitions:
        admin.ensure_topic(topic, partitions)
    broker = client.Client(pulsar.url)
    consumer = broker.subscribe(topic, "fraud-model")
    assert settled(lambda: admin.subscriptions(topic), max(1, partitions))[0].name == "fraud-model"
    consumer.close()
    producer = broker.create_producer(topic)
    for number in range(3):
        producer.send(str(number).encode())
    broker.close()
    assert settled(lambda: admin.subscriptions(topic), 0) == (Subscription("fraud-model", True, 0, 3),)


def test_a_plan_names_who_may_read_what_changes(
    pulsar: PulsarConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = topic_of(pulsar, "planned", [])
    with home(tmp_path, monkeypatch) as specs:
        file = specs / "user" / "user_spent_1d.yaml"
        file.write_text(SPENT.replace("persistent://public/default/feature-user", ours))
        shutil.copytree(specs, tmp_path / "before")
        file.write_text(file.read_text().replace("value: amount", "value: amount * 2"))
        broker = client.Client(pulsar.url)
        broker.subscribe(ours, "fraud-model")
        monkeypatch.setenv("HEADRACE_PULSAR_URL", pulsar.url)
        monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", pulsar.admin_url)
        output = headrace("plan", "--against", str(tmp_path / "before")).output
        broker.close()
    assert f"fraud-model may read user_spent_1d: a subscription of {ours} (connected)" in output.replace("\n", " ")
