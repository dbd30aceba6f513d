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
ANSWERED: tuple[ValueMode, ...] = ("true", "known")
"""The modes that history answers: nothing keeps yet what feature topics held."""
ROW, ID = "row", "_id"


class ShardAnswers:
    """One file of answers, memory-mapped: what was given goes, what comes is not yet read."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._reader = pa.ipc.open_file(pa.memory_map(str(path)))
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
        for number in range(self._reader.num_record_batches):
            batch = self._reader.get_batch(number).select(self._columns)
            if len(batch):
                yield batch


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
