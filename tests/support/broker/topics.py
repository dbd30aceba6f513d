"""Creates topics for tests, and calls parts of the admin interface that the connector does not use."""

import itertools
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from connectors.pulsar import PulsarAdmin, PulsarConnection, TopicName, publish
from tests.support.waiting import await_that

_TOPICS = itertools.count()


def fresh_topic(name: str) -> str:
    """Returns a topic name that no other test or session uses."""
    return f"persistent://public/default/{name}-{time.time_ns()}-{next(_TOPICS)}"


def admin_call(pulsar: PulsarConnection, method: str, path: str, body: Any = None) -> None:
    request = urllib.request.Request(
        f"{pulsar.admin_url}/admin/v2/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    urllib.request.urlopen(request, timeout=60).close()


def topic_of(pulsar: PulsarConnection, name: str, payloads: list[bytes], partitions: int = 1) -> str:
    topic = fresh_topic(name)
    assert PulsarAdmin(pulsar).ensure_topic(topic, partitions) == partitions
    if payloads:
        publish(pulsar, topic, [f"k{number}" for number in range(len(payloads))], payloads)
    return topic


def set_schema_strategy(pulsar: PulsarConnection, topic: str, strategy: str) -> None:
    """Sets which schemas a topic takes, and waits until the broker applies it."""
    path = f"persistent/{TopicName.parse(topic).path}/schemaCompatibilityStrategy"
    admin_call(pulsar, "PUT", path, strategy)
    await_that(lambda: PulsarAdmin(pulsar).send("GET", f"{path}?applied=true", None) == strategy)


def trimmed(pulsar: PulsarConnection, topic: str, gone: Callable[[], bool]) -> None:
    """Makes the broker delete all ledgers of a topic but the last, which it does with a delay: waits until `gone`."""
    path = f"persistent/{TopicName.parse(topic).path}"
    admin_call(pulsar, "POST", f"{path}/retention", {"retentionTimeInMinutes": 0, "retentionSizeInMB": 0})

    def is_gone() -> bool:
        admin_call(pulsar, "POST", f"{path}/trim")
        return gone()

    await_that(is_gone)


def numbers(count: int, start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]
