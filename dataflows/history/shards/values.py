"""Converts folded rows to served values: typed, with derived features, without values that break their rules."""

from collections.abc import Sequence

import polars as pl

from dataflows.definitions import Feature
from dataflows.rows import RowAssembler, RowLimit, RowValidator
from dataflows.run import Run
from dataflows.windows import ShardRows


class ServedValues:
    """Converts the rows of a shard of one entity type to a frame; columns as in `RowAssembler`."""

    def __init__(self, features: Sequence[Feature], run: Run) -> None:
        self.names = sorted(feature.feature_name for feature in features)
        self._assembler, self._validator = RowAssembler(features, 1), RowValidator(features, None)
        self._limit = RowLimit(features, run.max_row_bytes)

    def __call__(self, shard: str, rows: ShardRows) -> pl.DataFrame:
        """Returns one row for each of the rows, in order."""
        ((_, assembled),) = self._assembler([(shard, rows)])
        return self._limit(self._validator(assembled)).rows.frame
