"""Source and sink of a dataflow over embedded topics, folders of JSON lines, without a broker."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from connectors.embedded.history import published_ms
from connectors.embedded.partition import LogPartition, LogReading
from connectors.embedded.reader import EmbeddedHistoryTrimmed, EmbeddedUnknownSnapshot, SegmentReader, first_of, load
from connectors.embedded.segments import DiskFull, end_of
from connectors.embedded.topic_folder import TopicNameError, TopicRetention, open_topic
from connectors.embedded.writer import TopicWriter, append
from connectors.errors import ExitCode
from connectors.messages import Outgoing, RawBatch
from connectors.numbered_sink import NumberedSink
from connectors.store_retry import StoreRetry

__all__ = [
    "DiskFull",
    "EmbeddedHistoryTrimmed",
    "EmbeddedUnknownSnapshot",
    "LogSink",
    "LogSource",
    "TopicNameError",
    "TopicRetention",
    "TopicWriter",
    "append",
    "oldest_left",
]


class LogSource(FixedPartitionedSource[RawBatch, bytes]):
    """Reads an embedded topic as `RawBatch`es; creates the topic if it does not exist, and waits for messages.

    A batch holds what is available, up to `batch_rows`; at most `rows_per_epoch` rows are read per partition between
    two snapshots. `bounded` ends each partition at its end when the source was built. `clock` gives ms. Raises
    `EmbeddedHistoryTrimmed`.
    """

    def __init__(
        self,
        root: Path,
        topic: str,
        *,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        start: Literal["earliest", "latest"] = "earliest",
        batch_rows: int = 10_000,
        rows_per_epoch: int = 200_000,
        bounded: bool = False,
        keeping: TopicRetention | None = None,
    ) -> None:
        self._topic = open_topic(root, topic, keeping)
        self._start, self._bounded = start, bounded
        self._batch_rows, self._rows_per_epoch = batch_rows, rows_per_epoch
        self._stopping, self._clock = stopping, clock

    @override
    def list_parts(self) -> list[str]:
        return [str(number) for number in range(self._topic.keeping.partitions)]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> LogPartition:
        folder = self._topic.partition(int(for_part))
        end = end_of(folder)
        first = first_of(folder) if self._start == "earliest" else end
        reading = LogReading(
            for_part,
            self._batch_rows,
            self._rows_per_epoch,
            end.row if self._bounded else None,
            self._stopping,
            self._clock,
        )
        return LogPartition(reading, SegmentReader(folder, load(resume_state) if resume_state else first))


def oldest_left(root: Path, topic: str, now: Callable[[], int]) -> int | None:
    """Returns since when (publish time, ms) a topic that lost its first rows is complete; None if it lost none."""
    opened = open_topic(root, topic)
    folders = [opened.partition(number) for number in range(opened.keeping.partitions)]
    return max((_oldest(folder, now) for folder in folders if first_of(folder).row), default=None)


def _oldest(folder: Path, now: Callable[[], int]) -> int:
    published = published_ms(folder, first_of(folder), now())
    return now() if published is None else published


class LogSink(NumberedSink[Outgoing]):
    """Writes (partition key, Outgoing); the key is a number below `partitions` as text.

    These partitions only share the work: a message's own key decides its partition of the topic. Snapshots wait for the
    disk. The sink waits for a full disk, and raises RunStopped from that wait when `stopping()`.
    """

    def __init__(
        self,
        root: Path,
        topic: str,
        *,
        partitions: int,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        keeping: TopicRetention | None = None,
    ) -> None:
        super().__init__(partitions)
        self._topic = open_topic(root, topic, keeping)
        self._stopping, self._clock = stopping, clock

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_LogSinkPartition":
        retry = StoreRetry(f"topic {self._topic.folder}", self._stopping, exit_code=ExitCode.DISK)
        return _LogSinkPartition(TopicWriter(self._topic, self._clock), retry)


class _LogSinkPartition(StatefulSinkPartition[Outgoing, None]):
    def __init__(self, writer: TopicWriter, retry: StoreRetry) -> None:
        self._writer, self._retry = writer, retry

    def write_batch(self, values: list[Outgoing]) -> None:
        keys = [key for value in values for key in value.keys]
        payloads = [payload for value in values for payload in value.payloads]
        pending = self._writer.pending(keys, payloads)
        while not self._written(pending):
            pass

    def _written(self, pending: dict[int, bytes]) -> bool:
        try:
            self._writer.write(pending)
        except DiskFull as ex:
            self._retry.after("the disk is full", str(ex))
            return False
        self._retry.succeeded()
        return True

    def snapshot(self) -> None:
        self._writer.sync()

    def close(self) -> None:
        self._writer.close()
