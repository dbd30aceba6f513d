"""Writes a file of the archive: messages of one day of publishing, group by group."""

import os
from pathlib import Path

import pyarrow as pa

from connectors.archive.columns import EventTypes, note_range, opened_writer
from connectors.errors import naming

GROUP_BYTES = 32 << 20  # payload bytes held in memory until they are written


class DraftFile:
    """Messages from the position `first` on. It holds one row group in memory."""

    def __init__(self, path: Path, first: str, day: str, types: EventTypes | None) -> None:
        self._path, self.first, self.day, self._types = path, first, day, types
        self.rows = self.size = 0
        self.last_entry = ""
        self._held, self._held_bytes = list[pa.Table](), 0
        with naming(path):
            self._file = path.open("wb")
            self._writer = opened_writer(self._file, types)

    def add(self, some: pa.Table, size: int, last_entry: str) -> None:
        """Adds messages with payloads of `size` bytes in total."""
        self._held.append(some)
        self._held_bytes += size
        self.rows, self.size, self.last_entry = self.rows + len(some), self.size + size, last_entry
        if self._held_bytes >= GROUP_BYTES:
            self._write()

    def close(self, end: str, topic_id: str) -> Path:
        """Completes the file for all positions before `end` of the topic with this id."""
        self._write()
        with naming(self._path):
            note_range(self._writer, self.first, end, topic_id, self._types)
            self._writer.close()
            self._file.close()
        return self._path

    def discard(self) -> None:
        """Removes the unfinished file."""
        try:
            if not self._file.closed:
                with naming(self._path):
                    os.ftruncate(self._file.fileno(), 0)  # truncating makes room for the footer, which closing writes
                    self._file.seek(0)
                    self._writer.close()
                    self._file.close()
        finally:
            self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._held:
            with naming(self._path):
                self._writer.write_table(pa.concat_tables(self._held))
        self._held, self._held_bytes = [], 0
