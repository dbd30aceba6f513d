"""Answers of a shard become typed values, as served, in a file of the job."""

from collections.abc import Sequence

import polars as pl
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from dataflows.definitions import Feature
from dataflows.history.job import Job
from dataflows.history.shard_pieces import ShardPiece
from dataflows.rows import RowAssembler, RowLimit, RowValidator
from dataflows.run import Run


class AnswerFiles(DynamicSink[ShardPiece]):
    """Writes `answers/<mode>/<entity>/shard-NNN.arrow`, each whole or not at all, rows in the order of questions.

    Answers about every entity have their ids, too.
    """

    def __init__(self, job: Job, features: Sequence[Feature], run: Run) -> None:
        self._job, self._features, self._limit = job, features, RowLimit(features, run.max_row_bytes)
        self._assembler, self._validator = RowAssembler(features, 1), RowValidator(features, None)

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_AnswerWriter":
        return _AnswerWriter(self)

    def write(self, piece: ShardPiece) -> None:
        """Writes the answers of one mode to the questions of one shard."""
        path = self._job.answers(str(piece.mode), piece.entity_id, int(piece.shard))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        self._answers(piece).write_ipc(part, compat_level=pl.CompatLevel.oldest())
        part.replace(path)

    def _answers(self, piece: ShardPiece) -> pl.DataFrame:
        ((_, rows),) = self._assembler([(piece.shard, piece.rows)])
        values = self._limit(self._validator(rows)).rows.frame
        names = sorted(feature.feature_name for feature in self._features)
        ids = ["_id"] if self._job.ticks(piece.entity_id).exists() else []
        return pl.DataFrame({"row": piece.questions}).hstack(values.select(*ids, *names))


class _AnswerWriter(StatelessSinkPartition[ShardPiece]):
    def __init__(self, files: AnswerFiles) -> None:
        self._files = files

    def write_batch(self, items: list[ShardPiece]) -> None:
        for piece in items:
            self._files.write(piece)
