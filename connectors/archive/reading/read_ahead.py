"""Reads files of an archive in a known order. From an object store, small files are fetched ahead, several at a time.

A request to an object store takes tens of milliseconds, however little it returns, and a library that opens an object
needs several of them.
"""

import errno
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from connectors.archive.store import ArchiveStore

WHOLE_BYTES = 4 << 20
"""Files below this size are fetched with one request."""
AHEAD = 8
"""Files in memory or on their way."""


class ReadAhead:
    """Opens files of a store, whose order is that of `paths`, for reading; a file may be opened again until the next.

    Raises ArchiveDamaged and ArchiveUnavailable.
    """

    def __init__(self, store: ArchiveStore, paths: Sequence[str]) -> None:
        self.place = store.place
        self._store, self._paths = store, list(paths)
        self._places = {path: place for place, path in enumerate(self._paths)}
        self._fetched = dict[str, Future[bytes]]()

    @contextmanager
    def opened(self, path: str) -> Iterator[Any]:
        """Opens a file, closed at the end of the block."""
        content = self._content(path) if self._store.is_remote else None
        if content is not None:
            yield pa.BufferReader(content)
            return
        with self._store.opened(path) as file:
            yield file

    def close(self) -> None:
        """Drops the files that are in memory or on their way."""
        self._keep(())

    def _content(self, path: str) -> bytes | None:
        """Returns a whole file; None if it must be opened, because it is large, empty or missing."""
        place = self._places[path]
        self._keep(self._paths[place : place + AHEAD])
        with self._store.telling(f"read {path}"):
            try:
                content = self._fetched[path].result()
            except OSError as error:
                if isinstance(error, FileNotFoundError) or error.errno == errno.EINVAL:  # an empty file has no range
                    return None
                raise
        return content if len(content) < WHOLE_BYTES else None

    def _keep(self, paths: Sequence[str]) -> None:
        """Drops other files, and begins to fetch the ones that are new."""
        for path in self._fetched.keys() - set(paths):
            self._fetched.pop(path).cancel()
        for path in paths:
            if path not in self._fetched:
                self._fetched[path] = self._store.fetch(path, WHOLE_BYTES)
