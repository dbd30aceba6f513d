"""Reads the answers of history in row order from the files of all shards at once."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.history.job import Job

ValueMode = Literal["true", "known", "served"]
VALUE_MODES: tuple[ValueMode, ...] = get_args(ValueMode)
ROW, ID = "row", "_id"

Place = tuple[int, str]
"""Row and id of an answer about every entity: answers are ordered by both."""
END: Place = (2**63 - 1, "")
ROWS_AHEAD = 1_024
"""This many answers of a shard in memory suffice for as many rows of each shard."""


class ShardAnswers:
    """The answers of a shard, with a record batch in memory at a time; each answer is returned once."""

    def __init__(self, paths: Sequence[Path], columns: Sequence[str]) -> None:
        self._paths, self._columns = [str(path) for path in paths], list(columns)
        self._batches = self._all()
        self._batch = next(self._batches, None)

    def until(self, end: int) -> Iterator[pa.RecordBatch]:
        """Yields the remaining answers whose row is before `end`."""
        return self._counted_batches(lambda batch: int(np.searchsorted(batch.column(ROW).to_numpy(), end)))

    def upto(self, place: Place) -> Iterator[pa.RecordBatch]:
        """Yields the remaining answers up to a place."""
        return self._counted_batches(
            lambda batch: bisect_right(range(len(batch)), place, key=lambda row: _place(batch, row))
        )

    def reach(self) -> Place | None:
        """Returns the place of the last answer in memory; None if all answers are."""
        while self._batch is not None and len(self._batch) < ROWS_AHEAD:
            more = next(self._batches, None)
            if more is None:
                return None
            self._batch = pa.concat_batches([self._batch, more])
        return None if self._batch is None else _place(self._batch, len(self._batch) - 1)

    def _counted_batches(self, counted: Callable[[pa.RecordBatch], int]) -> Iterator[pa.RecordBatch]:
        """Yields the counted part of a batch, and of the next if that was all of it."""
        while self._batch is not None:
            count = counted(self._batch)
            if count:
                yield self._batch.slice(0, count)
            if count < len(self._batch):
                self._batch = self._batch.slice(count)
                return
            self._batch = next(self._batches, None)

    def _all(self) -> Iterator[pa.RecordBatch]:
        """Yields all batches. Files are not memory-mapped, because mapped pages count as memory of the process."""
        for path in self._paths:
            number = 0
            while (batch := self._read(path, number)) is not None:
                number += 1
                if len(batch):
                    yield batch

    def _read(self, path: str, number: int) -> pa.RecordBatch | None:
        """Reads a batch by its number; opens the file only for that, because there are many."""
        with pa.OSFile(path) as file:
            names = pa.ipc.open_file(file).schema.names
            wanted = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in self._columns])
            reader = pa.ipc.open_file(file, options=wanted)
            return reader.get_batch(number).select(self._columns) if number < reader.num_record_batches else None


def _place(batch: pa.RecordBatch, row: int) -> Place:
    return batch.column(ROW)[row].as_py(), batch.column(ID)[row].as_py()


@dataclass(slots=True)
class EntityAnswers:
    """The answers to all questions about the entities of a type, in one mode; `columns` begin with `row`.

    A shard without questions has no file.
    """

    job: Job
    mode: ValueMode
    entity_id: str
    columns: tuple[str, ...]
    _shards: list[ShardAnswers] = field(init=False)

    def __post_init__(self) -> None:
        files = map(self._files, range(self.job.shards))
        self._shards = [ShardAnswers(paths, self.columns) for paths in files if paths]

    def until(self, end: int) -> pl.DataFrame:
        """Returns the remaining answers whose row is before `end`, unordered."""
        return _frame([batch for shard in self._shards for batch in shard.until(end)])

    def reach(self) -> Place:
        """Returns the place up to which all shards have answers in memory; END if they have all."""
        return min((place for shard in self._shards if (place := shard.reach()) is not None), default=END)

    def upto(self, place: Place) -> pl.DataFrame:
        """Returns the remaining answers up to a place, unordered."""
        return _frame([batch for shard in self._shards for batch in shard.upto(place)])

    def _files(self, shard: int) -> list[Path]:
        """Returns all parts, in order."""
        parts = (self.job.answers(self.mode, self.entity_id, shard, part) for part in count())
        return list(takewhile(Path.exists, parts))


def _frame(batches: list[pa.RecordBatch]) -> pl.DataFrame:
    return pl.DataFrame(pa.Table.from_batches(batches)) if batches else pl.DataFrame()
