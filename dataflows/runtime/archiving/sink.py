"""Sinks the ticks: each one lets a thread archive events, without waiting for it."""

import logging
import threading
from collections.abc import Callable

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0  # at the end of a run, for a thread that hangs in a store

Look = Callable[[Callable[[], bool]], None]
"""Archives available events until it is told to stop, then discards its open files."""


class ArchiveSink(FixedPartitionedSink[int, None]):
    """A sink with one partition and one thread; `look` creates the function that the thread runs."""

    def __init__(self, look: Callable[[], Look]) -> None:
        self._look = look

    @override
    def list_parts(self) -> list[str]:
        return ["0"]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "ArchiveThread":
        return ArchiveThread(self._look())


class ArchiveThread(StatefulSinkPartition[int, None]):
    """Runs once for all ticks that arrived meanwhile."""

    def __init__(self, look: Look) -> None:
        self._look, self._told, self._over = look, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._thread.start()

    @override
    def write_batch(self, values: list[int]) -> None:
        self._told.set()

    def snapshot(self) -> None:
        """Returns no state, because the files show where the archive ends."""

    @override
    def close(self) -> None:
        self._over.set()
        self._told.set()
        self._thread.join(_PATIENCE_S)
        if self._thread.is_alive():
            log.warning("the archive is still being written; the next run continues where its files end")

    def _run(self) -> None:
        while not self._over.is_set():
            self._told.wait()
            self._told.clear()
            self._look(self._over.is_set)
