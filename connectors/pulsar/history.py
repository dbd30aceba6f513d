"""Reads the history of a topic: its extents, and a source of the messages between two positions."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from typing_extensions import override

from connectors.messages import Extent
from connectors.pulsar.client import CLIENTS, never, now_ms
from connectors.pulsar.partition_reader import PartitionEnd
from connectors.pulsar.position import (
    HistoryTrimmed,
    Position,
    before,
    earliest,
    entry_text,
    first_since,
    id_before,
    position,
    refuse_gap,
    text,
)
from connectors.pulsar.retry import BrokerRetry
from connectors.pulsar.source import PulsarSource
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied
from connectors.pulsar_connection import PulsarConnection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def extent_of(topic: str, connection: PulsarConnection, stopping: Callable[[], bool] = never) -> dict[str, Extent]:
    """Returns the current extent of each partition. Waits for an unavailable broker.

    Raises MissingTopic, AccessDenied.
    """
    partitions = PulsarSource(topic, connection, stopping=stopping).list_parts()
    retry = BrokerRetry("reading", topic, connection, stopping)
    client = CLIENTS.acquire(connection)
    try:
        return {
            partition: retry.until_there(partial(_extent, client, connection, partition)) for partition in partitions
        }
    finally:
        CLIENTS.release(connection)


def extent_since(
    topic: str, since_ms: int, connection: PulsarConnection, stopping: Callable[[], bool] = never
) -> dict[str, Extent]:
    """Returns the current extent of messages published at a time (ms) or later, in whole entries, by partition.

    Waits for an unavailable broker. Raises MissingTopic, AccessDenied.
    """
    retry = BrokerRetry("reading", topic, connection, stopping)
    whole = extent_of(topic, connection, stopping)
    client = CLIENTS.acquire(connection)
    try:
        return {
            partition: retry.until_there(partial(_since, client, partition, extent, since_ms))
            for partition, extent in whole.items()
        }
    finally:
        CLIENTS.release(connection)


def _since(client: Any, partition: str, whole: Extent, since_ms: int) -> Extent:
    first = None if _is_empty(whole) else first_since(client, partition, since_ms)
    if first is None:
        return Extent(whole.end, whole.end)
    place = entry_text(*position(first.message_id())[:2])
    return Extent(place, whole.end) if before(place) < before(whole.end) else Extent(whole.end, whole.end)


def created(topic: str, partition: str, connection: PulsarConnection, stopping: Callable[[], bool] = never) -> str:
    """Returns when a partition was created (ms since 1970); "" if this role may not ask. Waits for an unavailable
    broker."""
    retry = BrokerRetry("reading", topic, connection, stopping)
    return retry.until_there(lambda: _created(PulsarAdmin(connection), partition))


def _created(admin: PulsarAdmin, partition: str) -> str:
    """Returns the creation time as a number, because each broker formats times in its own zone."""
    try:
        ledgers = admin.ledgers(partition)
    except AccessDenied:
        return ""
    if ledgers is None or not ledgers.created:
        return ""
    return str((datetime.fromisoformat(ledgers.created) - _EPOCH) // timedelta(milliseconds=1))


def _extent(client: Any, connection: PulsarConnection, partition: str) -> Extent:
    end = _end(PulsarAdmin(connection), partition)
    oldest = earliest(client, partition)
    if oldest is None:
        return Extent(end, end)
    return Extent(entry_text(*position(oldest.message_id())[:2]), end)


def _end(admin: PulsarAdmin, partition: str) -> str:
    """Returns the position behind the last message: the start of the newest ledger if all messages are in older ones.

    So once those are deleted, it is known that nothing was missed. The ledger is read first, because messages that
    arrive meanwhile can only be behind it.
    """
    newest, last = _newest_ledger(admin, partition), admin.last_message(partition)
    return entry_text(newest, 0) if newest > last.ledger else entry_text(last.ledger, last.entry + 1)


def _newest_ledger(admin: PulsarAdmin, partition: str) -> int:
    """Returns the newest ledger of a partition; -1 if this role may not ask."""
    try:
        ledgers = admin.ledgers(partition)
    except AccessDenied:
        return -1
    return -1 if ledgers is None else ledgers.newest


class PulsarHistory(PulsarSource):
    """Reads the messages of partitions within their `extents`, as `RawBatch`es.

    At most `rows_per_epoch` rows are read per partition between two snapshots. The source waits for an unavailable
    broker. Raises `MissingTopic`, `AccessDenied`, and `HistoryTrimmed` if the topic no longer holds all messages.
    """

    def __init__(
        self,
        topic: str,
        connection: PulsarConnection,
        extents: Mapping[str, Extent],
        *,
        batch_rows: int = 10_000,
        rows_per_epoch: int = 200_000,
        stopping: Callable[[], bool] = never,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(
            topic,
            connection,
            batch_rows=batch_rows,
            rows_per_epoch=rows_per_epoch,
            bounded=True,
            stopping=stopping,
            clock=clock,
        )
        self._extents = dict(extents)

    @override
    def list_parts(self) -> list[str]:
        return list(self._extents)

    @override
    def _first(self, client: Any, partition: str, resumed: Any) -> Any:
        extent = self._extents[partition]
        if _is_empty(extent):
            return resumed
        if resumed is not None and position(resumed) >= before(extent.first):
            refuse_gap(client, partition, resumed)
            return resumed
        end = _end(PulsarAdmin(self._connection), partition)
        _refuse_missing(partition, extent, earliest(client, partition), end)
        return id_before(partition, extent.first)

    @override
    def _bound(self, partition: str) -> PartitionEnd:
        extent = self._extents[partition]
        return PartitionEnd(None if _is_empty(extent) else before(extent.end))


def _is_empty(extent: Extent) -> bool:
    return before(extent.first) >= before(extent.end)


def _refuse_missing(partition: str, extent: Extent, oldest: Any, end: str) -> None:
    """Raises HistoryTrimmed unless the extent is complete: the broker deletes whole ledgers, the oldest first."""
    held: Position | None = None if oldest is None else position(oldest.message_id())
    if held is not None and held[0] <= before(extent.first)[0] and before(end) >= before(extent.end):
        return
    holds = "nothing" if held is None else f"{text(oldest.message_id())} up to {end}"
    raise HistoryTrimmed(
        f"{partition}: messages from {extent.first} up to {extent.end} are requested, but the broker holds {holds}; "
        "set a longer retention before more is lost "
        "(`pulsar-admin namespaces set-retention <tenant/namespace> --time 30d --size -1`), or read only what is left"
    )
