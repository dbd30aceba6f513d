"""Reads the rows of a type's active entities, interval by interval, from mapped files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.history.judging.active_files import START
from dataflows.kernels.arrays import Ints
from dataflows.quality import together

ROWS_AT_ONCE = 1 << 16


class ActiveRows:
    """Reads the files of `ActiveFiles`; holds only requested rows in memory."""

    def __init__(self, folder: Path) -> None:
        self._files = [_OrderedFile(path) for path in sorted(folder.glob("*.arrow"))]

    def starts(self) -> Ints:
        """Returns the starts (ms) of the intervals with an active entity, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *(np.unique(file.starts) for file in self._files)]))

    def of_interval(self, start: int) -> Iterator[pl.DataFrame]:
        """Yields the rows of an interval, some at a time."""
        frames = list[pl.DataFrame]()
        for file in self._files:
            frames += file.of_interval(start)
            if sum(map(len, frames)) >= ROWS_AT_ONCE:
                yield together(frames)
                frames = []
        if frames:
            yield together(frames)


class _OrderedFile:
    def __init__(self, path: Path) -> None:
        with pa.memory_map(str(path)) as source:
            rows = pa.ipc.open_file(source).get_batch(0)
        self.starts: Ints = rows[START].to_numpy()
        self._rows = rows.select([name for name in rows.schema.names if name != START])

    def of_interval(self, start: int) -> Iterator[pl.DataFrame]:
        """Yields the rows of an interval, if it has any."""
        first, end = np.searchsorted(self.starts, [start, start + 1]).tolist()
        if end > first:
            yield pl.DataFrame(self._rows.slice(first, end - first))
