"""Allows one run at a time in a folder: two would write the same topics and the same recovery store."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import HeadraceError, naming
from connectors.file_lock import try_lock

log = logging.getLogger(__name__)

ENDING_S = 30.0
"""How long the processes of a killed run are waited for."""
_LOOK_S = 0.1


class FolderLocked(HeadraceError):
    """Another run holds the folder."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[int]:
    """Holds the folder inside the block; yields the descriptor, which a child may keep open to hold it, too.

    Raises `FolderLocked` if another run holds it. The system releases it when its last holder ends, in any way.
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
    """Takes the lock; waits for the last processes of a killed run, which end by themselves. Raises FolderLocked."""
    until, announced = time.monotonic() + ENDING_S, False
    while not try_lock(lock):
        holder = os.pread(lock, 32, 0).decode(errors="replace") or "unknown"
        if _runs(holder) or time.monotonic() >= until:
            raise FolderLocked(
                f"{folder} is in use by another headrace run (process {holder}). "
                "Stop that process, or use another folder for this one: HEADRACE_VAR=..."
            )
        if not announced:
            log.warning("%s: waiting for the last processes of a killed run (process %s)", folder, holder)
            announced = True
        time.sleep(_LOOK_S)
    with naming(folder / "run.lock"):
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)


def _runs(process: str) -> bool:
    """Returns whether a process exists; of an unknown one it is assumed."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        return True
    return True
