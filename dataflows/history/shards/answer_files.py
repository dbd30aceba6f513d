"""Writes a shard's answers as typed values, as served, to a file of the job."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import polars as pl
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from dataflows.definitions import Feature
from dataflows.history.job import Job
from dataflows.history.shards.shard_pieces import ShardPiece
from dataflows.history.shards.values import ServedValues
from dataflows.history.whole_files import write_whole
from dataflows.run import Run

ROWS_PER_BATCH = 4_096
"""Rows per batch; a reader in question order holds a batch of each shard in memory."""


def write_answers(path: Path, answers: pl.DataFrame) -> None:
    """Writes the answers of a shard, rows in question order; the file is whole or does not exist."""
    buffer = BytesIO()  # an error of polars about a full disk names neither the disk nor the file
    answers.write_ipc(buffer, compat_level=pl.CompatLevel.oldest(), record_batch_size=ROWS_PER_BATCH)
    write_whole(path, buffer.getvalue())


class AnswerFiles(DynamicSink[ShardPiece]):
    """Writes `answers/<mode>/<entity>/shard-NNN.arrow`, each whole or not at all, rows in question order.

    Answers about every entity also have their ids, and several parts if they are many.
    """

    def __init__(self, job: Job, features: Sequence[Feature], run: Run) -> None:
        self._job, self._features, self._run = job, features, run

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_AnswerWriter":
        return _AnswerWriter(self._job, ServedValues(self._features, self._run))


class _AnswerWriter(StatelessSinkPartition[ShardPiece]):
    def __init__(self, job: Job, values: ServedValues) -> None:
        self._job, self._values = job, values

    def write_batch(self, items: list[ShardPiece]) -> None:
        for piece in items:
            path = self._job.answers(str(piece.mode), piece.entity_id, int(piece.shard), piece.part)
            write_answers(path, self._answers(piece))

    def _answers(self, piece: ShardPiece) -> pl.DataFrame:
        assert piece.rows is not None
        values = self._values(piece.shard, piece.rows)
        ids = ["_id"] if self._job.ticks(piece.entity_id).exists() else []
        return pl.DataFrame({"row": piece.questions}).hstack(values.select(*ids, *self._values.names))
