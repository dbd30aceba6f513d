"""Writes a file of the archive: messages of one day of publishing, group by group.

The end of a group depends on its messages alone, like the end of a file: the same messages give the same bytes, however
a topic is read. Every partition has a file open, so a group is small.
"""

import os
from pathlib import Path

import pyarrow as pa

from connectors.archive.columns import EventTypes, opened_writer
from connectors.archive.file_facts import FileFacts
from connectors.errors import naming
from connectors.messages import Extent

GROUP_ROWS, GROUP_BYTES = 65_536, 8 << 20  # of messages and payloads buffered in memory before a write


class DraftFile:
    """Messages of a partition from the position `first` on. Buffers one group of rows in memory.

    A caller adds at most `group_rows`, and only the last of them may exceed `group_bytes`.
    """

    def __init__(self, path: Path, partition: int, first: str, day: str, types: EventTypes | None) -> None:
        self._path, self._partition, self.first, self.day, self._types = path, partition, first, day, types
        self.rows = self.size = 0
        self.last_entry = ""
        self._held = list[pa.Table]()
        self.group_rows, self.group_bytes = GROUP_ROWS, GROUP_BYTES
        with naming(path):
            self._file = path.open("wb")
            self._writer = opened_writer(self._file, types)

    def add(self, messages: pa.Table, size: int, last_entry: str) -> None:
        """Adds messages with payloads of `size` bytes in total."""
        self._held.append(messages)
        self.group_rows, self.group_bytes = self.group_rows - len(messages), self.group_bytes - size
        self.rows, self.size, self.last_entry = self.rows + len(messages), self.size + size, last_entry
        if self.group_rows <= 0 or self.group_bytes <= 0:
            self._write()

    def close(self, end: str, topic_id: str) -> Path:
        """Completes the file for all positions before `end` of the topic with this id."""
        self._write()
        with naming(self._path):
            FileFacts(self._partition, Extent(self.first, end), self.rows, topic_id).note(self._writer, self._types)
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
                self._writer.write_table(pa.concat_tables(self._held).combine_chunks())  # a page ends with a chunk
        self._held, self.group_rows, self.group_bytes = [], GROUP_ROWS, GROUP_BYTES
