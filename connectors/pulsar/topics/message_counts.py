"""About how many messages lie between two positions of a topic, by the statistics of the broker.

A broker counts entries, each of which holds one message or one batch of them, exactly. How many messages an entry holds
is known of what came since the broker opened the partition; else the last entry is taken for all.
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
    """Estimates the messages within extents; None where this role may not ask. Waits for a broker that is away."""
    admin = PulsarAdmin(connection)
    retry = BrokerRetry("reading", topic, connection, never)
    try:
        rows = retry.until_there(lambda: sum(_messages(admin, name, extent) for name, extent in extents.items()))
    except AccessDenied:
        return None
    return MessageCount(rows, exact=rows == 0)


def _messages(admin: PulsarAdmin, partition: str, extent: Extent) -> int:
    found = admin.statistics(partition)
    if found is None:
        return 0
    return round(_entries(found, extent) * _per_entry(admin, partition, found))


def _per_entry(admin: PulsarAdmin, partition: str, found: PartitionStatistics) -> float:
    if found.entries_in and found.messages_in:
        return found.messages_in / found.entries_in
    return max(1, admin.last_message(partition).batch_index + 1)


def _entries(found: PartitionStatistics, extent: Extent) -> int:
    """Those of ledgers in between whole, of the first and the last one in part."""
    (first, first_entry, _), (last, last_entry, _) = before(extent.first), before(extent.end)
    total = 0
    for each in found.ledgers:
        if first <= each.ledger <= last:
            start = first_entry if each.ledger == first else 0
            end = min(last_entry, each.entries) if each.ledger == last else each.entries
            total += max(0, end - start)
    return total
