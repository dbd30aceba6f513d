"""Allows one run at a time in a folder: two would write the same topics and the same recovery store."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import HeadraceError, naming


class FolderLocked(HeadraceError):
    """Another run holds the folder."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[int]:
    """Holds the folder inside the block; yields the descriptor, which a child may keep open to hold it, too.

    Raises `FolderLocked` if another process holds it. The system releases it when its last holder ends, in any way.
    """
    lock = _locked(folder)
    try:
        yield lock
    finally:
        os.close(lock)


def _locked(folder: Path) -> int:
    """Takes the lock; retries if an ending job removed the folder with its lock."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _take(lock, folder)
            if _is_there(lock, folder):
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _is_there(lock: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), (folder / "run.lock").stat())
    except FileNotFoundError:
        return False


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.pread(lock, 32, 0).decode() or "unknown"
        raise FolderLocked(
            f"{folder} is in use by another headrace run (process {other}). "
            "Stop that process, or use another folder for this one: HEADRACE_VAR=..."
        ) from None
    with naming(folder / "run.lock"):
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
