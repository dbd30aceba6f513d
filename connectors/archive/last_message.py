"""Reads the last message that an archive, or a topic, holds of a partition, to compare the two."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
from bytewax.inputs import FixedPartitionedSource

from connectors.archive.catalogue import TopicArchive
from connectors.archive.file_facts import checked, telling_damage, topic_id
from connectors.archive.naming import ArchivedFile, entry_of, order
from connectors.archive.store import ArchiveStore
from connectors.messages import Extent, RawBatch
from connectors.reading.bounded_partition import bounded_batches

HistoryOf = Callable[[Mapping[str, Extent]], FixedPartitionedSource[RawBatch, bytes]]


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """One message: its position, publish time (ms), and bytes."""

    position: str
    published_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class ArchiveEnd:
    """The end of a partition's archive: position, id of its topic ("" if unknown), last message."""

    position: str
    topic_id: str
    message: ArchivedMessage | None


def archive_end(store: ArchiveStore, archive: TopicArchive, number: int) -> ArchiveEnd | None:
    """Returns the end of a partition's archive; None if it is empty. Raises ArchiveDamaged, ArchiveUnavailable."""
    files = archive.files.get(number)
    if not files:
        return None
    newest = _last_of_file(store, archive, files[-1])
    message = newest[1] or _last_of(store, archive, files[:-1])
    return ArchiveEnd(files[-1].extent.end, newest[0], message)


def _last_of(store: ArchiveStore, archive: TopicArchive, files: Sequence[ArchivedFile]) -> ArchivedMessage | None:
    """Returns the last message of the newest file that is not empty."""
    messages = (_last_of_file(store, archive, file)[1] for file in reversed(files))
    return next((message for message in messages if message is not None), None)


def _last_of_file(store: ArchiveStore, archive: TopicArchive, file: ArchivedFile) -> tuple[str, ArchivedMessage | None]:
    path = f"{archive.folder}/{file.path}"
    with store.opened(path) as opened:
        parquet = checked(opened, f"{store.place}/{path}", file)
        with telling_damage(f"{store.place}/{path}", "cannot be read to its end"):
            return topic_id(parquet), _last_row(parquet)


def _last_row(parquet: pq.ParquetFile) -> ArchivedMessage | None:
    """Returns the last message of the last row group that has any."""
    for group in reversed(range(parquet.num_row_groups)):
        rows = parquet.read_row_group(group, columns=["payload", "message_id", "published_ms"], use_threads=False)
        if len(rows):
            row = rows.slice(len(rows) - 1).to_pylist()[0]
            return ArchivedMessage(row["message_id"], row["published_ms"], row["payload"])
    return None


def message_at(history: HistoryOf, partition: str, position: str) -> ArchivedMessage | None:
    """Returns the message that a topic holds at a position, or None. Raises RunStopped, and the topic's errors."""
    entry = entry_of(position)
    source = history({partition: Extent(entry, _behind(entry))})
    batches = bounded_batches(source, partition, "the archive was compared with the topic")
    messages = (message for batch in batches for message in _messages(batch))
    return next((message for message in messages if message.position == position), None)


def _behind(entry: str) -> str:
    *ledger, number = order(entry)
    return ":".join(map(str, (*ledger, number + 1)))


def _messages(batch: RawBatch) -> Iterator[ArchivedMessage]:
    if batch.payloads and batch.columns is not None:
        columns = batch.columns()
        rows = zip(columns.positions, columns.published.tolist(), batch.payloads, strict=True)
        yield from (ArchivedMessage(*row) for row in rows)
