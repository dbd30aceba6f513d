"""Detects lost history of a topic: whether its first messages are gone, and since when it is complete.

A partition is a list of ledgers, and every change of the list raises its version by one. So a partition that has lost
nothing has as many changes as ledgers. One more is a ledger that was closed empty when the partition moved to another
broker; two or more are deleted ledgers, each with a separate change.
"""

import logging
from collections.abc import Callable
from typing import Any

from connectors.pulsar.client import CLIENTS
from connectors.pulsar.position import earliest
from connectors.pulsar.retry import BrokerRetry
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied
from connectors.pulsar.topics.facts import Ledgers
from connectors.pulsar_connection import PulsarConnection

log = logging.getLogger(__name__)

_CLOSED_EMPTY = 1
_PER_OFFLOAD = 3  # changes of the list that record a ledger's move to long-term storage


def oldest_left(
    topic: str, connection: PulsarConnection, now: Callable[[], int], stopping: Callable[[], bool]
) -> int | None:
    """Returns since when (publish time, ms) a topic that lost its first messages is complete; None if it lost none.

    Waits for an unavailable broker. If this role may not ask, assumes that nothing is lost, and logs it.
    """
    retry = BrokerRetry("reading", topic, connection, stopping)
    client = CLIENTS.acquire(connection)
    try:
        return retry.until_there(lambda: _oldest(client, PulsarAdmin(connection), topic, now))
    finally:
        CLIENTS.release(connection)


def has_lost(ledgers: Ledgers) -> bool:
    """Returns whether ledgers of a partition were deleted.

    >>> has_lost(Ledgers(version=4, retained=4, offloaded=0)), has_lost(Ledgers(version=3, retained=1, offloaded=0))
    (False, True)
    """
    return ledgers.version - ledgers.retained - _PER_OFFLOAD * ledgers.offloaded > _CLOSED_EMPTY


def _oldest(client: Any, admin: PulsarAdmin, topic: str, now: Callable[[], int]) -> int | None:
    count = admin.partitions(topic)
    if count is None:
        return None
    partitions = [f"{topic}-partition-{number}" for number in range(count)] if count else [topic]
    try:
        times = [_since(client, partition, now) for partition in partitions if _lost(admin, partition)]
    except AccessDenied as denied:
        log.info("%s: cannot determine whether the broker still holds its first messages: %s", topic, denied)
        return None
    return max(times, default=None)


def _lost(admin: PulsarAdmin, partition: str) -> bool:
    ledgers = admin.ledgers(partition)
    return ledgers is not None and has_lost(ledgers)


def _since(client: Any, partition: str, now: Callable[[], int]) -> int:
    message = earliest(client, partition)
    return now() if message is None else int(message.publish_timestamp())
