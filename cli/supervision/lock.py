"""One run at a time in a folder: two would write the same topics and the same recovery store."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import HeadraceError, naming


class Held(HeadraceError):
    """Another run has the folder."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[int]:
    """Hold the folder while inside; gives the descriptor, which a child may keep open to hold on to it too.

    Raises `Held` when another process has it. The system lets go when the last holder ends, however it ends.
    """
    lock = _held(folder)
    try:
        yield lock
    finally:
        os.close(lock)


def _held(folder: Path) -> int:
    """A job that ends removes its folder: a lock that went with it holds nobody else back."""
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
        raise Held(
            f"{folder} is in use by another headrace run (process {other}). "
            "Stop that process, or use another folder for this one: HEADRACE_VAR=..."
        ) from None
    with naming(folder / "run.lock"):
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
