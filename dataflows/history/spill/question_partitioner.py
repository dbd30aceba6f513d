"""Cuts the batches of a source for one entity type; keeps only the events that questions can see."""

import numpy as np
import polars as pl

from dataflows.compiler import SourceInputs
from dataflows.history.spill.question_ids import QuestionIds
from dataflows.history.spill.spilled_batch import EntityNumbers, SpilledBatch
from dataflows.ingest import ProjectedBatch, Projection, picked_texts
from dataflows.kernels.arrays import Ints
from dataflows.kernels.history.question_table import Rows, by_shard, find_asked, room_for
from dataflows.kernels.partition import take
from dataflows.kernels.strings.string_array import strings_of
from dataflows.windows import LateRows


class QuestionPartitioner:
    """Selects the events that some question may see, by shard; `key` is the column of the ids. No event is late."""

    def __init__(
        self, entity_id: str, key: str, feed: SourceInputs, evaluator: Projection, shards: int, asked: QuestionIds
    ) -> None:
        self.entity_id = entity_id
        self._key, self._shards, self._asked = key, shards, asked
        self._values = np.array([evaluator.values.index(value) for value in feed.values], np.int64)
        self._lanes = np.array([evaluator.selections.index(selection) for selection in feed.selections], np.int64)

    def __call__(self, evaluated: ProjectedBatch, arrived: Ints) -> tuple[SpilledBatch, LateRows | None]:
        """Returns the events of a batch by shard; `arrived` holds the arrival of each payload (ms)."""
        events, matched = evaluated.events, self._matched_rows(evaluated)
        numbers, order = by_shard(matched)
        spilled = SpilledBatch(
            events.source,
            self.entity_id,
            EntityNumbers(numbers, self._asked.firsts),
            events.times[order],
            arrived[events.rows[order]],
            take(evaluated.values, order, self._values),
            take(evaluated.selections, order, self._lanes),
            picked_texts(evaluated, order, self._values),
            matched.starts,
            events.newest,
        )
        return spilled, None

    def _matched_rows(self, evaluated: ProjectedBatch) -> Rows:
        column, times = evaluated.events.frame[self._key], evaluated.events.times
        ids = strings_of(column if column.dtype == pl.String else column.cast(pl.String))
        known, lanes, matched = evaluated.known[self._key], evaluated.selections, room_for(len(times), self._shards)
        find_asked(self._asked.table, ids.offsets, ids.data, known, lanes, self._lanes, times, matched)
        return matched
