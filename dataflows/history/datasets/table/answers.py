"""The answers of history, read in the order of their rows from the files of all shards at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.history.job import Job

ValueMode = Literal["true", "known", "served"]
VALUE_MODES: tuple[ValueMode, ...] = get_args(ValueMode)
ROW, ID = "row", "_id"


class ShardAnswers:
    """One file of answers, a record batch in memory at a time; what was given is not given again."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns = str(path), list(columns)
        self._batches = self._all()
        self._batch = next(self._batches, None)

    def until(self, end: int) -> Iterator[pa.RecordBatch]:
        """The answers whose row is before `end`, of those not given yet."""
        while self._batch is not None:
            count = int(np.searchsorted(self._batch.column(ROW).to_numpy(), end))
            if count:
                yield self._batch.slice(0, count)
            if count < len(self._batch):
                self._batch = self._batch.slice(count)
                return
            self._batch = next(self._batches, None)

    def _all(self) -> Iterator[pa.RecordBatch]:
        """Not memory-mapped: pages of a file stay in the memory of the process until others need it."""
        number = 0
        while (batch := self._read(number)) is not None:
            number += 1
            if len(batch):
                yield batch

    def _read(self, number: int) -> pa.RecordBatch | None:
        """A batch by its number; the file is open no longer than that, for there are many."""
        with pa.OSFile(self._path) as file:
            names = pa.ipc.open_file(file).schema.names
            wanted = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in self._columns])
            reader = pa.ipc.open_file(file, options=wanted)
            return reader.get_batch(number).select(self._columns) if number < reader.num_record_batches else None


@dataclass(slots=True)
class EntityAnswers:
    """The answers to all questions to the entities of a type, in one mode; `columns` begin with `row`.

    A shard that was asked nothing has no file.
    """

    job: Job
    mode: ValueMode
    entity_id: str
    columns: tuple[str, ...]
    _shards: list[ShardAnswers] = field(init=False)

    def __post_init__(self) -> None:
        paths = (self.job.answers(self.mode, self.entity_id, shard) for shard in range(self.job.shards))
        self._shards = [ShardAnswers(path, self.columns) for path in paths if path.exists()]

    def until(self, end: int) -> pl.DataFrame:
        """The answers whose row is before `end`, of those not given yet; in no particular order."""
        batches = [batch for shard in self._shards for batch in shard.until(end)]
        return pl.DataFrame(pa.Table.from_batches(batches)) if batches else pl.DataFrame()
