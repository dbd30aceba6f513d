"""Puts the answers of all entities beside the rows that asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.definitions import polars_type
from dataflows.history.datasets.arrow_types import arrow_of
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.questions import FeatureSelection, KeyedBlock, KeyedSpine, Ticks
from dataflows.history.datasets.table.answers import END, ID, ROW, EntityAnswers, Place, ValueMode
from dataflows.history.datasets.table.empty_values import empty_values
from dataflows.history.job import Job
from dataflows.kernels.arrays import Ints

TICK_TIME = "time"
MS_UTC = pa.timestamp("ms", "UTC")


@dataclass(frozen=True, slots=True)
class AnsweredBlock:
    """A block of rows with the requested features, in each requested mode."""

    asked: KeyedBlock
    values: Mapping[ValueMode, pl.DataFrame]


class SpineAssembly:
    """The rows of a spine with their answers."""

    def __init__(self, job: Job, keyed: KeyedSpine, selection: FeatureSelection, modes: Sequence[ValueMode]) -> None:
        self._keyed, self._selection, self._modes = keyed, selection, modes
        self._entities = [
            (mode, entity_id, answers_of(job, mode, entity_id, selection), _without_id(mode, selection, entity_id))
            for mode in modes
            for entity_id in selection.columns
        ]

    @property
    def schema(self) -> pa.Schema:
        """Returns the columns of the spine."""
        return self._keyed.spine.schema

    def blocks(self) -> Iterator[AnsweredBlock]:
        """Yields the rows in spine order; once only."""
        for block in self._keyed.blocks():
            yield AnsweredBlock(block, self._values(block))

    def _values(self, block: KeyedBlock) -> dict[ValueMode, pl.DataFrame]:
        values: dict[ValueMode, list[pl.DataFrame]] = {mode: [] for mode in self._modes}
        for mode, entity_id, answers, empty in self._entities:
            values[mode].append(_aligned(answers, block, block.ids[entity_id], empty))
        names = self._selection.names
        return {mode: pl.concat(frames, how="horizontal").select(names) for mode, frames in values.items()}


class TickAssembly:
    """The entities of a type at each of some times: rows by time, then by id."""

    def __init__(self, job: Job, ticks: Ticks, selection: FeatureSelection, modes: Sequence[ValueMode]) -> None:
        self._ticks, self._selection, self._modes = ticks, selection, modes
        self._times = np.array(ticks.times, np.int64)
        self._column = selection.columns[ticks.entity_id]
        self._empty = empty_of(selection, ticks.entity_id)
        self._answers = {mode: answers_of(job, mode, ticks.entity_id, selection, (ID,)) for mode in modes}

    @property
    def schema(self) -> pa.Schema:
        """Returns the id and time columns."""
        return pa.schema([(self._column, pa.large_string()), (TICK_TIME, MS_UTC)])

    def blocks(self) -> Iterator[AnsweredBlock]:
        """Yields as many rows as the answers in memory cover; once only."""
        first, rows, place = 0, self._answers[self._modes[0]], (0, "")
        while place != END:
            place = rows.reach()
            answers = {mode: self._upto(mode, place) for mode in self._modes}
            asked = answers[self._modes[0]].select(ROW, ID)
            if len(asked):
                yield AnsweredBlock(self._keyed(first, asked), self._aligned(answers, asked))
            first += len(asked)

    def _upto(self, mode: ValueMode, place: Place) -> pl.DataFrame:
        answers = self._answers[mode].upto(place)
        none = self._empty.clear().insert_column(0, pl.Series(ID, [], pl.String))
        return answers.sort(ROW, ID) if len(answers) else none.insert_column(0, pl.Series(ROW, [], pl.Int64))

    def _keyed(self, first: int, asked: pl.DataFrame) -> KeyedBlock:
        times, ids = self._times[asked.get_column(ROW).to_numpy()], asked.get_column(ID)
        batch = pa.record_batch([arrow_of(ids), pa.array(times).cast(MS_UTC)], schema=self.schema)
        return KeyedBlock(first, batch, times, {self._ticks.entity_id: ids})

    def _aligned(self, answers: Mapping[ValueMode, pl.DataFrame], asked: pl.DataFrame) -> dict[ValueMode, pl.DataFrame]:
        """Aligns the values of each mode with the entities of the first; entities unknown to another mode are empty."""
        return {mode: self._of_rows(frame, asked) for mode, frame in answers.items()}

    def _of_rows(self, frame: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
        numbered = frame.select(ROW, ID).with_row_index("place")
        places = asked.join(numbered, on=[ROW, ID], how="left", maintain_order="left").get_column("place")
        values = frame.select(self._empty.columns)
        return pl.concat([values, self._empty])[places.fill_null(len(frame)).to_numpy()].select(self._selection.names)


Assembly = SpineAssembly | TickAssembly


def answers_of(
    job: Job, mode: ValueMode, entity_id: str, selection: FeatureSelection, keys: tuple[str, ...] = ()
) -> EntityAnswers:
    """Returns the answers of an entity type, with its requested features."""
    names = (feature.feature_name for feature in selection.of_entity(entity_id))
    return EntityAnswers(job, mode, entity_id, (ROW, *keys, *names))


def empty_of(selection: FeatureSelection, entity_id: str) -> pl.DataFrame:
    """Returns one row: the requested features of an entity without events."""
    names = [feature.feature_name for feature in selection.of_entity(entity_id)]
    return empty_values(selection.definitions.of_entity(entity_id)).select(names)


def _without_id(mode: ValueMode, selection: FeatureSelection, entity_id: str) -> pl.DataFrame:
    """Returns one row: the features of a row without an id, which in mode `served` are null."""
    empty = empty_of(selection, entity_id)
    return empty.clear(1) if mode == "served" else empty


def feature_schema(selection: FeatureSelection) -> pa.Schema:
    """Returns the columns of the requested features."""
    types = {feature.feature_name: polars_type(feature.value_type) for feature in selection.asked}
    return pl.DataFrame(schema=types).to_arrow(compat_level=pl.CompatLevel.oldest()).schema


def _aligned(answers: EntityAnswers, block: KeyedBlock, ids: pl.Series, empty: pl.DataFrame) -> pl.DataFrame:
    """Returns an answer for each row of a block, with empty values for rows without an id."""
    count = len(block.batch)
    frame = answers.until(block.first + count)
    places = np.full(count, len(frame), np.int64)
    if len(frame):
        places[frame.get_column(ROW).to_numpy() - block.first] = np.arange(len(frame))
    _expect_all(places == len(frame), ids, answers)
    values = frame.select(empty.columns) if len(frame) else empty.clear()
    return pl.concat([values, empty])[places]


def _expect_all(missing: Ints, ids: pl.Series, answers: EntityAnswers) -> None:
    if (missing != ids.is_null().to_numpy()).any():
        raise DatasetError(
            f"{answers.job.folder}: the answers of {answers.entity_id} in mode {answers.mode} belong "
            "to another spine; run again with --fresh"
        )
