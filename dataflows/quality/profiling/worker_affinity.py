"""Chooses the key under which a worker observes its own rows: rows stay there, only profiles travel."""

import threading
from collections.abc import Iterable


class WorkerAffinity:
    """Assigns one key to all rows of a worker.

    The key of a step decides on which worker it runs, and the rows of a shard arrive on the worker of its key. So the
    key is the first shard seen on this worker, or the key under which it resumes.

    >>> home = WorkerAffinity()
    >>> home(["007", "004"]), home(["001"])
    ('004', '004')
    """

    def __init__(self) -> None:
        self._homes: dict[int, str] = {}  # by thread id, because the engine's threads lose their thread-local data

    def __call__(self, shards: Iterable[str]) -> str:
        """Returns the key for rows of these shards of this worker."""
        return self._homes.get(threading.get_ident()) or self.resume(min(shards))

    def resume(self, home: str) -> str:
        """Resumes under a key of an earlier run, the lowest of several; returns it."""
        worker = threading.get_ident()
        self._homes[worker] = min(home, self._homes.get(worker, home))
        return self._homes[worker]
