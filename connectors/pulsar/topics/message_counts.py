"""Estimates the number of messages between two positions of a topic from the broker's statistics.

A broker counts entries exactly, each of which holds one message or one batch of messages. The messages per entry follow
from the traffic since the broker opened the partition; without traffic, from the last entry.
"""

from collections.abc import Mapping

from connectors.messages import Extent, MessageCount
from connectors.pulsar.client import never
from connectors.pulsar.position import before
from connectors.pulsar.retry import BrokerRetry
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied
from connectors.pulsar.topics.facts import PartitionStatistics
from connectors.pulsar_connection import PulsarConnection


def count_messages(topic: str, extents: Mapping[str, Extent], connection: PulsarConnection) -> MessageCount | None:
    """Estimates the messages within extents; None if this role may not ask. Waits for an unavailable broker."""
    admin = PulsarAdmin(connection)
    retry = BrokerRetry("reading", topic, connection, never)
    try:
        rows = retry.until_there(lambda: sum(_messages(admin, name, extent) for name, extent in extents.items()))
    except AccessDenied:
        return None
    return MessageCount(rows, exact=rows == 0)


def _messages(admin: PulsarAdmin, partition: str, extent: Extent) -> int:
    statistics = admin.statistics(partition)
    if statistics is None:
        return 0
    return round(_entries(statistics, extent) * _per_entry(admin, partition, statistics))


def _per_entry(admin: PulsarAdmin, partition: str, statistics: PartitionStatistics) -> float:
    if statistics.entries_in and statistics.messages_in:
        return statistics.messages_in / statistics.entries_in
    return max(1, admin.last_message(partition).batch_index + 1)


def _entries(statistics: PartitionStatistics, extent: Extent) -> int:
    """Counts entries: all of the ledgers in between, and part of the first and the last one."""
    (first, first_entry, _), (last, last_entry, _) = before(extent.first), before(extent.end)
    total = 0
    for ledger in statistics.ledgers:
        if first <= ledger.ledger <= last:
            start = first_entry if ledger.ledger == first else 0
            end = min(last_entry, ledger.entries) if ledger.ledger == last else ledger.entries
            total += max(0, end - start)
    return total
