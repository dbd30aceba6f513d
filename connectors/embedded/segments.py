"""Segments of a partition: append-only files named by the number of their first row."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from connectors.embedded.topic_folder import TopicRetention
from connectors.errors import ExitCode, HeadraceError

_BLOCK = 1 << 20
_SUFFIX = ".jsonl"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFull(HeadraceError, OSError):
    """The disk is full; the first `kept` bytes (whole lines) of the write are in the topic."""

    exit_code = ExitCode.DISK

    def __init__(self, folder: Path, lines: int, reason: str) -> None:
        super().__init__(f"{folder}: cannot append: {reason}; free some space or lower retain_bytes in meta.json")
        self.kept = lines


@dataclass(frozen=True, slots=True)
class SegmentEnd:
    """The position behind the last whole line of a partition: first row of the segment, byte in it, number of the
    row."""

    segment: int
    byte: int
    row: int


def segments(folder: Path) -> list[int]:
    """Returns the first rows of the segments of a partition, ascending."""
    try:
        with os.scandir(folder) as entries:
            return sorted(int(entry.name.removesuffix(_SUFFIX)) for entry in entries if entry.name.endswith(_SUFFIX))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=256)  # readers ask for the same path repeatedly
def segment_path(folder: Path, first: int) -> Path:
    """Returns the file of the segment that starts at row `first`."""
    return folder / f"{first:020d}{_SUFFIX}"


def end_of(folder: Path) -> SegmentEnd:
    """Returns the position of the next row of a partition."""
    firsts = segments(folder)
    if not firsts:
        return SegmentEnd(0, 0, 0)
    rows, size = _whole_lines(segment_path(folder, firsts[-1]))
    return SegmentEnd(firsts[-1], size, firsts[-1] + rows)


def _whole_lines(path: Path) -> tuple[int, int]:
    """Returns the number of whole lines of a file, and their bytes."""
    rows, size, seen = 0, 0, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            rows += block.count(b"\n")
            if (last := block.rfind(b"\n")) >= 0:
                size = seen + last + 1
            seen += len(block)
    return rows, size


class Appender:
    """Appends to a partition; any number of processes may, one batch at a time under a lock.

    A partial line left by a killed writer is cut off by the next one: no reader has taken it.
    """

    def __init__(self, folder: Path, keeping: TopicRetention) -> None:
        self._folder = folder
        self._keeping = keeping
        self._file = -1

    def append(self, whole_lines: bytes) -> None:
        """Appends whole lines. Raises DiskFull."""
        with _locked(self._folder):
            self._roll()
            self._write(whole_lines)

    def sync(self) -> None:
        """Syncs the open segment, so that it survives a power failure."""
        if self._file >= 0:
            os.fsync(self._file)

    def close(self) -> None:
        """Syncs and closes the open segment."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _roll(self) -> None:
        """Opens the newest segment, or a new one if that is full."""
        if self._file >= 0 and self._fits():
            return
        self._open(segments(self._folder)[-1:] or [0])
        if not self._fits():
            self._open([end_of(self._folder).row])
            self._trim()

    def _fits(self) -> bool:
        return self._mended() < self._keeping.segment_bytes

    def _open(self, first: list[int]) -> None:
        self.close()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        self._file = os.open(segment_path(self._folder, first[0]), flags, 0o644)

    def _mended(self) -> int:
        """Removes a torn line at the end of the open file; returns its size."""
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.ftruncate(self._file, size := _last_line_end(self._file, size))
        return size

    def _write(self, whole_lines: bytes) -> None:
        left = memoryview(whole_lines)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as ex:
            written = len(whole_lines) - len(left)
            whole = whole_lines.rfind(b"\n", 0, written) + 1
            os.ftruncate(self._file, os.fstat(self._file).st_size - (written - whole))
            if ex.errno in _FULL:
                raise DiskFull(self._folder, whole, os.strerror(ex.errno)) from ex
            ex.filename = str(self._folder)
            raise

    def _trim(self) -> None:
        firsts = segments(self._folder)
        sizes = {first: segment_path(self._folder, first).stat().st_size for first in firsts}
        for first in firsts[:-1]:
            if sum(sizes.values()) <= self._keeping.retain_bytes:
                return
            segment_path(self._folder, first).unlink()
            del sizes[first]


def _last_line_end(file: int, size: int) -> int:
    while size:
        start = max(0, size - _BLOCK)
        if (line_end := os.pread(file, size - start, start).rfind(b"\n")) >= 0:
            return start + line_end + 1
        size = start
    return 0


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
