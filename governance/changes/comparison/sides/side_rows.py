"""Computes, from folded rows of both sides, the values that each side serves."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from dataflows.compiler import TileLayout, partials_of
from dataflows.definitions import Feature
from dataflows.history.shards.values import ServedValues
from dataflows.kernels import offsets
from dataflows.run import Run
from dataflows.windows import ShardRows
from governance.changes.comparison.sides.joint import ComparedSide


class SideValues:
    """Evaluates the features of one side and entity type as served, including derived ones and rules.

    `layout` is that of the joint definitions.
    """

    def __init__(self, layout: TileLayout, side: ComparedSide, entity_id: str, run: Run) -> None:
        features = side.of_entity(entity_id)
        self._words = _words(layout, features, side.joint_names)
        self._columns = np.array([*range(offsets.OUT_WORDS), *(offsets.OUT_WORDS + word for word in self._words)])
        self._values = ServedValues(features, run)

    def __call__(self, shard: str, rows: ShardRows) -> pl.DataFrame:
        """Returns one row for each of the rows, in order; columns as in `RowAssembler`."""
        words = np.ascontiguousarray(rows.words[:, self._columns])
        texts = {place: rows.texts[word] for place, word in enumerate(self._words) if word in rows.texts}
        return self._values(shard, ShardRows(rows.ids, words, texts, rows.warming, rows.published_ms))


def _words(layout: TileLayout, features: Sequence[Feature], joint_names: Mapping[str, str]) -> list[int]:
    """Returns the folded words of these features in order, out of those of both sides."""
    words = list[int]()
    for feature in features:
        if feature.expression is None:
            first = layout.first_word[joint_names[feature.feature_name]]
            words += range(first, first + sum(partial.folded for partial in partials_of(feature)))
    return words
