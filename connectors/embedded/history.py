"""Reads the history of an embedded topic: its extents, and a source of the rows between two positions."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from bytewax.inputs import FixedPartitionedSource
from typing_extensions import override

from connectors.embedded import lines
from connectors.embedded.partition import LogPartition, LogReading
from connectors.embedded.reader import EmbeddedHistoryTrimmed, SegmentReader, first_of, load
from connectors.embedded.segments import SegmentEnd, end_of, segments
from connectors.embedded.topic_folder import existing_topic, open_topic
from connectors.messages import Extent, MessageCount, RawBatch

_ROWS = 10_000
"""Rows per read."""


def extent_of(root: Path, topic: str) -> dict[str, Extent]:
    """Returns the current extent of each partition; creates the topic if it does not exist."""
    topic_folder = open_topic(root, topic)
    folders = {str(number): topic_folder.partition(number) for number in range(topic_folder.keeping.partitions)}
    return {name: Extent(str(first_of(folder).row), str(end_of(folder).row)) for name, folder in folders.items()}


def extent_since(root: Path, topic: str, since_ms: int) -> dict[str, Extent]:
    """Returns the current extent of rows published at a time (ms) or later, by partition; creates nothing."""
    if (topic_folder := existing_topic(root, topic)) is None:
        return {}
    folders = {str(number): topic_folder.partition(number) for number in range(topic_folder.keeping.partitions)}
    return {
        name: Extent(str(_first_since(folder, since_ms)), str(end_of(folder).row)) for name, folder in folders.items()
    }


def _first_since(folder: Path, since_ms: int) -> int:
    """Returns the first row published at the time or later; the row behind the last if there is none."""
    firsts = [SegmentEnd(first, 0, first) for first in segments(folder)]
    before = [first.row for first in firsts if (published_ms(folder, first, 0) or since_ms) < since_ms]
    start = before[-1] if before else first_of(folder).row
    reader = SegmentReader(folder, SegmentEnd(start, 0, start))
    try:
        while (some_lines := reader.read(_ROWS))[1]:
            later = np.flatnonzero(np.array(lines.read(*some_lines, since_ms).published) >= since_ms)
            if len(later):
                return reader.row - some_lines[1] + int(later[0])
        return reader.row
    finally:
        reader.close()


def published_ms(folder: Path, position: SegmentEnd, unknown_ms: int) -> int | None:
    """Returns when the row at a position was published (ms), `unknown_ms` if it does not say so; None without a row."""
    reader = SegmentReader(folder, position)
    try:
        line, count = reader.read(1)
        return lines.read(line, count, unknown_ms).published[0] if count else None
    finally:
        reader.close()


def count_rows(extents: Mapping[str, Extent]) -> MessageCount:
    """Counts the rows within extents.

    >>> count_rows({"0": Extent("10", "30"), "1": Extent("0", "5")})
    MessageCount(messages=25, exact=True)
    """
    return MessageCount(sum(int(extent.end) - int(extent.first) for extent in extents.values()), exact=True)


class LogHistory(FixedPartitionedSource[RawBatch, bytes]):
    """Reads the rows of partitions within their `extents`, as `RawBatch`es; `clock` gives ms.

    At most `rows_per_epoch` rows are read per partition between two snapshots. Raises `EmbeddedHistoryTrimmed` if the
    topic no longer holds all of them.
    """

    def __init__(
        self,
        root: Path,
        topic: str,
        extents: Mapping[str, Extent],
        *,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        batch_rows: int = 10_000,
        rows_per_epoch: int = 200_000,
    ) -> None:
        self._topic, self._extents = open_topic(root, topic), dict(extents)
        self._batch_rows, self._rows_per_epoch = batch_rows, rows_per_epoch
        self._stopping, self._clock = stopping, clock

    @override
    def list_parts(self) -> list[str]:
        return list(self._extents)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> LogPartition:
        folder, extent = self._topic.partition(int(for_part)), self._extents[for_part]
        end = int(extent.end)
        end_of_read = load(resume_state) if resume_state else _position_of(folder, int(extent.first), end)
        reading = LogReading(for_part, self._batch_rows, self._rows_per_epoch, end, self._stopping, self._clock)
        return LogPartition(reading, SegmentReader(folder, end_of_read))


def _position_of(folder: Path, first: int, end: int) -> SegmentEnd:
    """Returns the position of the row `first`. Raises EmbeddedHistoryTrimmed."""
    if first >= end:
        return SegmentEnd(first, 0, first)
    firsts = segments(folder)
    last = end_of(folder).row
    if not firsts or first < firsts[0] or last < end:
        raise EmbeddedHistoryTrimmed(_missing(folder, first, end, firsts[0] if firsts else last, last))
    return _row_in(folder, max(segment for segment in firsts if segment <= first), first)


def _row_in(folder: Path, segment: int, row: int) -> SegmentEnd:
    reader = SegmentReader(folder, SegmentEnd(segment, 0, segment))
    try:
        while reader.row < row and reader.read(row - reader.row)[1]:
            pass
        return load(reader.snapshot())
    finally:
        reader.close()


def _missing(folder: Path, first: int, end: int, oldest: int, last: int) -> str:
    rows = f"rows {oldest} to {last - 1}" if last > oldest else "nothing"
    return (
        f"{folder}: rows {first} to {end - 1} are requested, but the topic holds {rows}; raise retain_bytes in its "
        "meta.json before more is lost, or read only what is left"
    )
