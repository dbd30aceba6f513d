"""Reads topics: one reader per partition, whose position is kept in the snapshots of the dataflow."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

import pulsar
from bytewax.inputs import FixedPartitionedSource
from pulsar import MessageId
from typing_extensions import override

from connectors.messages import RawBatch
from connectors.pulsar.client import CLIENTS, never, now_ms
from connectors.pulsar.partition_reader import PartitionEnd, PulsarPartition, ReaderOptions, ReadLimits
from connectors.pulsar.position import Position, load, open_reader, refuse_gap, refuse_replaced
from connectors.pulsar.retry import BrokerRetry
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import MissingTopic
from connectors.pulsar.topics.facts import LastMessage
from connectors.pulsar_connection import PulsarConnection

T = TypeVar("T")

_QUEUE = 10_000  # messages the client prefetches, per partition


class PulsarSource(FixedPartitionedSource[RawBatch, bytes]):
    """Reads a topic as `RawBatch`es; each partition of the topic is a partition of the input.

    A batch holds what is available, up to `batch_rows`; at most `rows_per_epoch` rows are read per partition between
    two snapshots. `bounded` ends each partition at its end when the source was built. The source waits for an
    unavailable broker. `listed(topic, names)` receives the partitions. Raises `MissingTopic`, `AccessDenied`, and on
    resume `HistoryTrimmed`.
    """

    def __init__(
        self,
        topic: str,
        connection: PulsarConnection,
        *,
        start: Literal["earliest", "latest"] = "earliest",
        batch_rows: int = 10_000,
        rows_per_epoch: int = 200_000,
        bounded: bool = False,
        stopping: Callable[[], bool] = never,
        clock: Callable[[], int] = now_ms,
        listed: Callable[[str, Sequence[str]], None] = lambda topic, names: None,
    ) -> None:
        self._topic, self._connection, self._start = topic, connection, start
        self._limits = ReadLimits(batch_rows, rows_per_epoch)
        self._bounded, self._stopping, self._clock, self._listed = bounded, stopping, clock, listed

    def list_parts(self) -> list[str]:
        """Returns the full names of the partitions; the topic itself if it is not partitioned."""
        client = CLIENTS.acquire(self._connection)
        try:
            names = self._wait(lambda: self._existing(client))
        finally:
            CLIENTS.release(self._connection)
        self._listed(self._topic, names)
        return names

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> PulsarPartition:
        client = CLIENTS.acquire(self._connection)
        try:
            return self._wait(lambda: self._open(client, for_part, resume_state))
        except BaseException:
            CLIENTS.release(self._connection)
            raise

    def _wait(self, attempt: Callable[[], T]) -> T:
        retry = BrokerRetry("reading", self._topic, self._connection, self._stopping)
        return retry.until_there(attempt)

    def _existing(self, client: Any) -> list[str]:
        """Returns existing partitions; the client names the topic itself even if it is missing, where the broker may
        create it."""
        try:
            partitions: list[str] = client.get_topic_partitions(self._topic)
        except pulsar.TopicNotFound as error:
            raise MissingTopic(self._topic) from error
        if len(partitions) == 1 and PulsarAdmin(self._connection).partitions(partitions[0]) is None:
            raise MissingTopic(self._topic)
        return partitions

    def _open(self, client: Any, partition: str, resume_state: bytes | None) -> PulsarPartition:
        last = self._first(client, partition, load(resume_state or b""))
        bound = self._bound(partition)
        reader = open_reader(client, partition, last or MessageId.earliest, _QUEUE)
        return PulsarPartition(self._reading(partition, bound), reader, last)

    def _bound(self, partition: str) -> PartitionEnd | None:
        return PartitionEnd(_end(self._last_message(partition))) if self._bounded else None

    def _first(self, client: Any, partition: str, resumed: Any) -> Any:
        """Returns the id after which to read; None for the beginning.

        "latest" is resolved to a position at once, so that a crash before the first message leaves no gap.
        """
        if resumed is not None:
            refuse_gap(client, partition, resumed)
            refuse_replaced(partition, resumed, self._last_message(partition).ledger)
            return resumed
        if self._start == "earliest":
            return None
        last = self._last_message(partition)
        return MessageId(last.partition, last.ledger, last.entry, last.batch_index)._msg_id

    def _last_message(self, partition: str) -> LastMessage:
        return PulsarAdmin(self._connection).last_message(partition)

    def _reading(self, partition: str, bound: PartitionEnd | None) -> ReaderOptions:
        release = partial(CLIENTS.release, self._connection)
        return ReaderOptions(partition, self._limits, bound, self._stopping, self._clock, release)


def _end(last: LastMessage) -> Position | None:
    return None if last.entry < 0 else (last.ledger, last.entry, last.batch_index)
