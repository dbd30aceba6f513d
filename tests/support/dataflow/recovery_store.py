"""Reads recovery stores that a run is using."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


def snapshots_in(store: Path, steps: str) -> int:
    """Returns how many shards have snapshots in a recovery store, of the steps whose names are LIKE `steps`.

    Reads copies, because the engine has the store for itself. It may move its log into the store meanwhile:
    such a copy shows nothing yet.
    """
    return sum(_of_copy(part, steps) for part in sorted(store.glob("*.sqlite3")))


def _of_copy(part: Path, steps: str) -> int:
    with tempfile.TemporaryDirectory(dir=part.parent.parent) as copied:
        try:
            for name in (part.name, f"{part.name}-wal"):
                if name == part.name or (part.parent / name).exists():
                    shutil.copy(part.parent / name, copied)
            return _counted(Path(copied) / part.name, steps)
        except (FileNotFoundError, sqlite3.DatabaseError):
            return 0


def _counted(part: Path, steps: str) -> int:
    query = "SELECT COUNT(DISTINCT step_id || state_key) FROM snaps WHERE step_id LIKE ?"
    with closing(sqlite3.connect(part)) as database:
        (count,) = database.execute(query, [steps]).fetchone()
    return int(count)
