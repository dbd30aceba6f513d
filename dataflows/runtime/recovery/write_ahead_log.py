"""Checks the write-ahead log of a recovery partition: whether the engine would read everything written to it.

SQLite reads a log up to the first frame with a wrong checksum. After the last write of a killed process that is
correct; after a damaged frame it silently drops complete transactions.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER, _FRAME = struct.Struct(">8I"), struct.Struct(">6I")
_INDEX_MX_FRAME = 16  # offset in the log's index of the number of frames that are read
_MAGIC = 0x377F0682  # the last bit is the byte order of the checksums


def log_of(partition: Path) -> Path:
    """Returns the path of a partition's log, which exists until it is merged."""
    return partition.with_name(f"{partition.name}-wal")


def has_broken_head(log: Path) -> bool:
    """Returns whether the log begins with bytes that SQLite does not recognise, so that it drops the whole log."""
    if not log.exists() or log.stat().st_size < _HEADER.size:
        return False
    with log.open("rb") as file:
        head = file.read(_HEADER.size)
    magic, *_, first, second = _HEADER.unpack(head)
    return magic & ~1 != _MAGIC or _checksum(head[:24], big=bool(magic & 1)) != (first, second)


def drops_commits(partition: Path) -> bool:
    """Returns whether complete transactions follow one that is not read; call while a reader has it open.

    The last transaction may be torn by a power failure.
    """
    log, index = log_of(partition), partition.with_name(f"{partition.name}-shm")
    if not log.exists() or not index.exists() or log.stat().st_size <= _HEADER.size:
        return False
    read = struct.unpack_from("=I", index.read_bytes(), _INDEX_MX_FRAME)[0]
    return sum(_commits(log, behind=read)) > 1


def _commits(log: Path, behind: int) -> Iterator[bool]:
    """Yields, for each frame behind the first `behind`, whether it ends a transaction of this log, not of an earlier
    use."""
    with log.open("rb") as file:
        _, _, page, _, *salts, _, _ = _HEADER.unpack(file.read(_HEADER.size))
        file.seek(_HEADER.size + behind * (_FRAME.size + page))
        while len(frame := file.read(_FRAME.size + page)) == _FRAME.size + page:
            _, committed, *of_frame, _, _ = _FRAME.unpack_from(frame)
            yield bool(committed) and of_frame == salts


def _checksum(words: bytes, *, big: bool) -> tuple[int, int]:
    first = second = 0
    for even, odd in struct.iter_unpack(">2I" if big else "<2I", words):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
