"""Writes the rows of active entities to files ordered by interval, so that intervals are read in order of time."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from dataflows.definitions import Feature
from dataflows.history.shards import ShardPiece
from dataflows.history.whole_files import whole_file
from dataflows.quality import marked_together, together
from dataflows.rows import RowAssembler, RowLimit, RowValidator
from dataflows.run import Run

START = "_start"
"""Column of the start (ms) of a row's interval."""
MOST_ROWS = 1 << 18
"""Rows of a shard that are sorted in memory; a shard with more has several files."""


class ActiveFiles(DynamicSink[ShardPiece]):
    """Writes `<folder>/shard-NNN-<number>.arrow` with rows and their marks; a restarted shard writes the same files."""

    def __init__(
        self, folder: Path, features: Sequence[Feature], run: Run, length_ms: int, most_rows: int = MOST_ROWS
    ) -> None:
        self._folder, self._features, self._run = folder, features, run
        self._length_ms, self._most_rows = length_ms, most_rows

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_ActiveWriter":
        return _ActiveWriter(self._folder, self._features, self._run, self._length_ms, self._most_rows)


class _ActiveWriter(StatelessSinkPartition[ShardPiece]):
    def __init__(self, folder: Path, features: Sequence[Feature], run: Run, length_ms: int, most_rows: int) -> None:
        self._folder, self._length_ms, self._most_rows = folder, length_ms, most_rows
        self._assembler, self._validator = RowAssembler(features, 1), RowValidator(features, None)
        self._limit = RowLimit(features, run.max_row_bytes)
        self._waiting, self._files = list[pl.DataFrame](), 0

    def write_batch(self, items: list[ShardPiece]) -> None:
        for piece in items:
            if piece.rows is not None:
                self._wait(piece)
            if sum(map(len, self._waiting)) >= self._most_rows or piece.rows is None:
                self._write(piece.shard)
            if piece.rows is None:
                self._files = 0

    def _wait(self, piece: ShardPiece) -> None:
        assert piece.rows is not None
        ((_, rows),) = self._assembler([(piece.shard, piece.rows)])
        self._waiting.append(marked_together([self._limit(self._validator(rows))]))

    def _write(self, shard: str) -> None:
        if not self._waiting:
            return
        start = pl.col("_as_of") // self._length_ms * self._length_ms
        rows = together(self._waiting).with_columns(start.alias(START)).sort(START, maintain_order=True)
        with whole_file(self._folder / f"shard-{shard}-{self._files:04d}.arrow") as part:
            rows.write_ipc(part, compat_level=pl.CompatLevel.oldest(), record_batch_size=len(rows))
        self._waiting, self._files = [], self._files + 1
