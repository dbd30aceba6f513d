"""The key under which a worker observes the rows that it makes: they stay where they are, only profiles travel."""

import threading
from collections.abc import Iterable


class WorkerHome:
    """Names one key for all rows of a worker.

    The key of a step decides on which worker it runs, and the rows of a shard come on the worker that its key names.
    So the key is the first shard seen on this worker, or the one under which it resumes.

    >>> home = WorkerHome()
    >>> home(["007", "004"]), home(["001"])
    ('004', '004')
    """

    def __init__(self) -> None:
        self._homes: dict[int, str] = {}  # by thread; the engine's threads lose what is local to a thread

    def __call__(self, shards: Iterable[str]) -> str:
        """Returns the key for rows of some shards that this worker has made."""
        return self._homes.get(threading.get_ident()) or self.resume(min(shards))

    def resume(self, home: str) -> str:
        """Goes on under a key of an earlier run, the least of several; returns it."""
        worker = threading.get_ident()
        self._homes[worker] = min(home, self._homes.get(worker, home))
        return self._homes[worker]
