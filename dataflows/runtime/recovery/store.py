"""Reads the engine's recovery store before the engine opens it.

A store is a folder of SQLite files, its partitions. An execution resumes at the oldest epoch that one of its workers
had not ended (`fronts`); every partition knows up to which epoch it is complete (`commits`).
"""

import io
import pickle
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from typing_extensions import override

from connectors.errors import ExitCode, HeadraceError
from dataflows.runtime.recovery.write_ahead_log import drops_commits, has_broken_head, log_of

FIRST_EPOCH = 1


class RecoveryRefused(HeadraceError):
    """A run must not resume from this recovery store; the message gives the file, the reason and a hint."""

    exit_code = ExitCode.STATE


@dataclass(frozen=True, slots=True)
class StorePartition:
    """One file of a store. `executions`: number -> (workers, first epoch); `fronts`: (execution, worker) -> epoch."""

    path: Path
    index: int
    count: int
    made: datetime
    executions: dict[int, tuple[int, int]]
    fronts: dict[tuple[int, int], int]
    committed: int


@dataclass(frozen=True, slots=True)
class RecoveryStore:
    """The partitions of a folder, at least one."""

    folder: Path
    partitions: tuple[StorePartition, ...]

    @property
    def executions(self) -> dict[int, tuple[int, int]]:
        """Returns workers and first epoch of each execution."""
        return {
            number: execution for partition in self.partitions for number, execution in partition.executions.items()
        }

    @property
    def missing(self) -> list[int]:
        """Returns the partitions that are not in the folder."""
        present = {partition.index for partition in self.partitions}
        return [index for index in range(self.partitions[0].count) if index not in present]

    @property
    def resume_epoch(self) -> int:
        """Returns the epoch at which the engine resumes."""
        if not self.executions:
            return FIRST_EPOCH
        newest = max(self.executions)
        workers, first = self.executions[newest]
        fronts = [
            frontier
            for partition in self.partitions
            for (number, _), frontier in partition.fronts.items()
            if number == newest
        ]
        return min(fronts) if len(fronts) == workers else first

    @property
    def last_begun(self) -> int | None:
        """Returns the first epoch of the last execution that ended an epoch; None if none has."""
        first = [first for _, first in self.executions.values() if first < self.resume_epoch]
        return max(first) if first else None

    def newest_snapshots(self) -> dict[str, dict[str, int]]:
        """Returns, by step and key, the epoch of the newest snapshot that the engine resumes."""
        epochs: dict[str, dict[str, int]] = {}
        for partition in self.partitions:
            for step, key, epoch in _newest(partition.path, self.resume_epoch):
                epochs.setdefault(step, {})[key] = epoch
        return epochs

    def snapshot(self, step: str, key: str, epoch: int) -> bytes | None:
        """Returns a snapshot as the engine stored it; None if there is none."""
        asked = "SELECT ser_change FROM snaps WHERE step_id = ? AND state_key = ? AND snap_epoch = ?"
        for partition in self.partitions:
            with _opened(partition.path) as base:
                if row := base.execute(asked, (step, key, epoch)).fetchone():
                    return _plain_bytes(row[0])
        return None


def read_store(folder: Path) -> RecoveryStore:
    """Reads the store of a folder. Raises RecoveryRefused."""
    paths = sorted(folder.glob("part-*.sqlite3")) if folder.is_dir() else []
    if not paths:
        state = "holds no recovery partitions" if folder.is_dir() else "is not a folder"
        raise RecoveryRefused(
            f"recovery store {folder}: it {state}; create a new store with "
            f"`mkdir -p {folder} && python -m bytewax.recovery {folder} 4`, or correct the path in -r"
        )
    return RecoveryStore(folder, tuple(map(_read, paths)))


def _read(path: Path) -> StorePartition:
    try:
        return _checked(path)
    except (sqlite3.Error, OSError, TypeError, ValueError) as error:
        if isinstance(error, RecoveryRefused):
            raise
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> RecoveryRefused:
    """Builds the error for a file that cannot be restored."""
    return RecoveryRefused(
        f"recovery store {path.parent}: {path.name} is damaged or not a recovery partition ({why}); restore all "
        f"partitions from one backup, or move {path.parent} away and create a new store there"
    )


def _checked(path: Path) -> StorePartition:
    if has_broken_head(log_of(path)):
        raise damaged(path, "the header of its write-ahead log does not match its checksum")
    with _opened(path) as base:
        partition = _partition(path, base)
        if drops_commits(path):
            raise damaged(path, "its write-ahead log is damaged before complete transactions")
        (verdict,) = base.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise damaged(path, verdict)
    return partition


def _partition(path: Path, base: sqlite3.Connection) -> StorePartition:
    index, count, made = base.execute("SELECT part_index, part_count, created_at FROM parts").fetchone()
    (committed,) = base.execute("SELECT MAX(commit_epoch) FROM commits").fetchone()
    fronts = base.execute("SELECT ex_num, worker_index, worker_frontier FROM fronts")
    executions = base.execute("SELECT ex_num, worker_count, resume_epoch FROM exs")
    return StorePartition(
        path=path,
        index=index,
        count=count,
        made=datetime.fromisoformat(made),
        executions={number: (workers, first) for number, workers, first in executions},
        fronts={(number, worker): frontier for number, worker, frontier in fronts},
        committed=FIRST_EPOCH - 1 if committed is None else committed,
    )


def _newest(path: Path, before: int) -> Iterable[tuple[str, str, int]]:
    asked = "SELECT step_id, state_key, MAX(snap_epoch) FROM snaps WHERE snap_epoch < ? GROUP BY step_id, state_key"
    with _opened(path) as base:
        return base.execute(asked, (before,)).fetchall()


class _PlainBytes(pickle.Unpickler):
    """Unpickles only bytes, which is what steps store; refuses everything else."""

    @override
    def find_class(self, module_name: str, global_name: str) -> object:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is not expected")


def _plain_bytes(pickled: bytes | None) -> bytes | None:
    unpickled = None if pickled is None else _PlainBytes(io.BytesIO(pickled)).load()
    return unpickled if isinstance(unpickled, bytes) else None


def _opened(path: Path) -> "closing[sqlite3.Connection]":
    """Opens a partition read-only, closed before the engine opens it, because closing any handle drops SQLite's
    locks."""
    return closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True))
