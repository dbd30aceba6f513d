"""Reads a partition from a position on: whole lines only, across segments, while other processes write."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from connectors.embedded.segments import SegmentEnd, segment_path, segments
from connectors.errors import UNDECODABLE, ExitCode, HeadraceError

_STATE_VERSION = 1
_LEAST, _MOST = 1 << 16, 1 << 23  # bytes of one read; more only for a longer line


class EmbeddedHistoryTrimmed(HeadraceError):
    """Rows after the snapshot were removed, so that resuming would leave a silent gap."""

    exit_code = ExitCode.STATE


class EmbeddedUnknownSnapshot(HeadraceError, ValueError):
    """The position in the recovery store was written by an unknown version."""

    exit_code = ExitCode.STATE


class _State(msgspec.Struct, frozen=True):
    version: int
    segment: int
    byte: int
    row: int


class SegmentReader:
    """Reads rows in order; `row` is the number of the next row."""

    def __init__(self, folder: Path, position: SegmentEnd) -> None:
        self._folder = folder
        self._segment, self._byte, self.row = position.segment, position.byte, position.row
        self._file = -1
        self._per_row = 256.0  # bytes per row, learned

    def read(self, rows: int) -> tuple[bytes, int]:
        """Returns whole lines, up to `rows` of them, and their number; empty if there are none yet.

        Raises EmbeddedHistoryTrimmed.
        """
        if rows <= 0:
            return b"", 0
        if (self._file >= 0 or self._opened()) and (lines := self._lines(rows))[1]:
            return lines
        if self._file < 0 or not self._has_next():
            return b"", 0
        self._move()
        return self._lines(rows) if self._opened() else (b"", 0)

    def snapshot(self) -> bytes:
        """Encodes the position of the next row."""
        return _dump(SegmentEnd(self._segment, self._byte, self.row))

    def resumed(self, whole: bytes, count: int) -> Callable[[int], bytes]:
        """Returns a function from the number of delivered lines of the last read to the snapshot."""
        segment, byte, row = self._segment, self._byte - len(whole), self.row - count

        def resume(rows: int) -> bytes:
            return _dump(SegmentEnd(segment, byte + len(_first(whole, rows)[0]), row + rows))

        return resume

    def close(self) -> None:
        """Closes the open segment."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _opened(self) -> bool:
        path = segment_path(self._folder, self._segment)
        try:
            self._file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return self._moved_on()
        if os.fstat(self._file).st_size < self._byte:
            raise EmbeddedHistoryTrimmed(f"{path} ends before byte {self._byte}, the position of row {self.row}")
        return True

    def _moved_on(self) -> bool:
        """Returns whether the removed segment was read to its end, and opens the next one."""
        firsts = segments(self._folder)
        self._refuse_gap(firsts)
        if self._segment == self.row or self.row not in firsts:
            return False
        self._move()
        return self._opened()

    def _refuse_gap(self, firsts: list[int]) -> None:
        if self._segment in firsts or self.row in firsts:
            return
        if firsts or self.row:
            rows = f"rows from {firsts[0]} on" if firsts else "nothing"
            raise EmbeddedHistoryTrimmed(
                f"{self._folder}: reading continues at row {self.row}, but the topic holds {rows}; raise "
                "retain_bytes in its meta.json, or start with a new recovery store: it counts what the topic still "
                "holds, and marks features that reach further back as warming up"
            )

    def _has_next(self) -> bool:
        """Returns whether a segment named by the next row exists, which means that this one is read to its end."""
        if self.row > self._segment and segment_path(self._folder, self.row).exists():
            return True
        if os.fstat(self._file).st_nlink == 0:
            self._refuse_gap(segments(self._folder))
        return False

    def _move(self) -> None:
        self.close()
        self._segment, self._byte = self.row, 0

    def _lines(self, rows: int) -> tuple[bytes, int]:
        size = min(max(int(rows * self._per_row), _LEAST), _MOST)
        available = os.fstat(self._file).st_size - self._byte
        whole = self._whole(size)
        while not whole and size < available:
            size *= 2
            whole = self._whole(size)
        return self._advance(*_first(whole, rows))

    def _whole(self, size: int) -> bytes:
        block = os.pread(self._file, size, self._byte)
        return block[: block.rfind(b"\n") + 1]

    def _advance(self, whole: bytes, count: int) -> tuple[bytes, int]:
        self._byte += len(whole)
        self.row += count
        if count:
            self._per_row = len(whole) / count
        return whole, count


def _dump(position: SegmentEnd) -> bytes:
    return msgspec.json.encode(_State(_STATE_VERSION, position.segment, position.byte, position.row))


def _first(whole: bytes, rows: int) -> tuple[bytes, int]:
    """Returns at most the first `rows` lines, and their number."""
    if not rows:
        return b"", 0
    count = whole.count(b"\n")
    if count <= rows:
        return whole, count
    ends = np.flatnonzero(np.frombuffer(whole, np.uint8) == ord("\n"))
    return whole[: ends[rows - 1] + 1], rows


def first_of(folder: Path) -> SegmentEnd:
    """Returns the position of the oldest row that a partition still holds."""
    first = next(iter(segments(folder)), 0)
    return SegmentEnd(first, 0, first)


def load(state: bytes) -> SegmentEnd:
    """Decodes the position that `SegmentReader.snapshot` encoded. Raises EmbeddedUnknownSnapshot."""
    try:
        loaded = msgspec.json.decode(state, type=_State)
    except UNDECODABLE as ex:
        raise EmbeddedUnknownSnapshot(f"position of an embedded topic: {ex}") from ex
    if loaded.version != _STATE_VERSION:
        raise EmbeddedUnknownSnapshot(
            f"position of an embedded topic of version {loaded.version}; this release reads {_STATE_VERSION}"
        )
    return SegmentEnd(loaded.segment, loaded.byte, loaded.row)
