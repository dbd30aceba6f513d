"""Reads events from files, one JSON object per line: cut into parts of whole lines, which are read in parallel."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from connectors.messages import Extent, RawBatch
from dataflows.definitions import Source as SourceDefinition
from dataflows.kernels.offsets import ALWAYS
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source
from governance.changes.comparison.events.data import UnknownData
from governance.changes.comparison.sides import origin_of

PART_BYTES = 64 << 20
MOST_PARTS = 32
_READ = 1 << 22
_ARRIVED = 32_503_680_000_000
"""Arrival of a file's events, which is unknown: the year 3000 is after all of them."""


@dataclass(frozen=True, slots=True)
class EventFiles:
    """A file per source, by the name of the source; "" stands for the only one."""

    paths: Mapping[str, Path]
    length_ms: None = None

    @property
    def words(self) -> str:
        """Returns the names of the files."""
        return ", ".join(str(path) for path in self.paths.values())

    def lacks(self, sources: Collection[str]) -> Collection[str]:
        """Returns sources without a file. Raises UnknownData if a file names no source and there are several."""
        if "" not in self.paths:
            return [name for name in sources if name not in self.paths]
        if len(sources) > 1:
            (path,) = self.paths.values()
            named = " ".join(f"--with-data {name}={path}" for name in sorted(sources)[:2])
            raise UnknownData(
                f"--with-data {path}: the changed features read {', '.join(sorted(sources))}; expected a file for each "
                f"source to compare, such as {named}"
            )
        return ()

    def unasked(self, sources: Collection[str]) -> Collection[str]:
        """Returns the names of files that no source reads."""
        return [name for name in self.paths if name and name not in sources]

    def extents(
        self, source: SourceDefinition, settings: Settings, mode: RunMode, since_ms: int = ALWAYS
    ) -> Mapping[str, Extent]:
        """Returns where parts begin and end (bytes)."""
        size = self._path(source).stat().st_size
        step = max(PART_BYTES, -(-size // MOST_PARTS))
        starts = range(0, size, step)
        return {str(number): Extent(str(start), str(min(size, start + step))) for number, start in enumerate(starts)}

    def reader(
        self, source: SourceDefinition, extents: Mapping[str, Extent], settings: Settings, mode: RunMode
    ) -> Source:
        """Reads the lines that begin within each part."""
        return EventFileSource(self._path(source), extents, settings.batch_rows, mode.stopping)

    def _path(self, source: SourceDefinition) -> Path:
        return self.paths.get("") or self.paths[origin_of(source.name)]


class EventFileSource(FixedPartitionedSource[RawBatch, bytes]):
    """Reads the lines of a file that begin within `extents` (bytes), as payloads; a partition each. Skips empty
    lines."""

    def __init__(
        self, path: Path, extents: Mapping[str, Extent], batch_rows: int, stopping: Callable[[], bool]
    ) -> None:
        self._path, self._extents = path, dict(extents)
        self._batch_rows, self._stopping = batch_rows, stopping

    @override
    def list_parts(self) -> list[str]:
        return list(self._extents)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_FilePart":
        extent = self._extents[for_part]
        first = int(resume_state) if resume_state else _line_start(self._path, int(extent.first))
        return _FilePart(for_part, _Lines(self._path, first, int(extent.end)), self._batch_rows, self._stopping)


def _line_start(path: Path, offset: int) -> int:
    """Returns the start of the first line at or after a byte."""
    if not offset:
        return 0
    with path.open("rb") as file:
        file.seek(offset - 1)
        while block := file.read(_READ):
            if (end := block.find(b"\n")) >= 0:
                return file.tell() - len(block) + end + 1
        return file.tell()


class _Lines:
    """Reads whole lines that begin before the byte `end`; `at` is the start of the next line."""

    def __init__(self, path: Path, first: int, end: int) -> None:
        self._file, self._end, self.at = path.open("rb"), end, first
        self._per_row = 256.0  # bytes per row, learned

    def read(self, rows: int) -> list[bytes]:
        """Returns about `rows` lines without empty ones; none at the end."""
        while self.at < self._end:
            whole = self._whole(int(rows * self._per_row))
            self.at += len(whole)
            lines = whole.replace(b"\r\n", b"\n").split(b"\n") if b"\r" in whole else whole.split(b"\n")
            self._per_row = max(1.0, len(whole) / len(lines))
            if payloads := list(filter(bytes.strip, lines)):
                return payloads
        return []

    def _whole(self, size: int) -> bytes:
        """Reads to the end of a line: one that begins before the end is read whole."""
        self._file.seek(self.at)
        block = self._file.read(max(1, min(size, self._end - self.at)))
        return block if block.endswith(b"\n") else block + self._file.readline()

    def close(self) -> None:
        self._file.close()


class _FilePart(StatefulSourcePartition[RawBatch, bytes]):
    def __init__(self, name: str, lines: _Lines, batch_rows: int, stopping: Callable[[], bool]) -> None:
        self._name, self._lines, self._batch_rows, self._stopping = name, lines, batch_rows, stopping
        self._ended = False

    def next_batch(self) -> list[RawBatch]:
        if self._ended or self._stopping():
            raise StopIteration
        payloads = self._lines.read(self._batch_rows)
        self._ended = not payloads
        name, arrived = self._name, np.full(len(payloads), _ARRIVED)
        return [RawBatch(name, payloads, _ARRIVED, _ARRIVED, lambda row: name, self._ended, arrivals=lambda: arrived)]

    def snapshot(self) -> bytes:
        """Returns the byte at which the next line begins."""
        return str(self._lines.at).encode()

    def close(self) -> None:
        self._lines.close()
