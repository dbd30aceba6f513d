"""Compiles every kernel before the first event, or loads it from the cache of an earlier run."""

import numpy as np
import polars as pl
import pyarrow as pa

from connectors.redis.endpoints import resp
from dataflows.definitions import Source
from dataflows.definitions.model.source import EventTime
from dataflows.ingest import EventLimits
from dataflows.ingest.decoding.plain_events import PlainEventReader
from dataflows.kernels import offsets
from dataflows.kernels.arrays import NO_ROWS, NOTHING, Ints, KernelProgram, State, StepOutput, Timeline
from dataflows.kernels.block_digests import prints_of
from dataflows.kernels.cell_index import reindex_cells
from dataflows.kernels.history.entity_order import digest_rows, rows_by_entity, sort_by_time
from dataflows.kernels.history.question_table import (
    COLUMNS,
    QuestionTable,
    TimeSpans,
    by_shard,
    enter,
    find_asked,
    mark,
    room_for,
)
from dataflows.kernels.history.walk import active_rows, answer, asked_too_early, recount
from dataflows.kernels.migrate import move
from dataflows.kernels.partition import cut, shards_of_hashes, take
from dataflows.kernels.step import emit_all, step
from dataflows.kernels.strings.arrow_strings import gather, hash_strings, take_strings
from dataflows.kernels.strings.hash_index import intern, reindex
from dataflows.kernels.strings.id_marks import leading_zeros, move_marks, note_marks
from dataflows.kernels.strings.string_array import strings_of
from dataflows.kernels.strings.times import parse_times
from dataflows.state import SCRATCH, empty_state
from reports.profiling import compile_loops


def compile_kernels() -> None:
    """Calls each kernel once, with empty arrays of the types it receives."""
    compile_loops()
    _reading()
    _cutting()
    program = _no_program()
    state, batch = empty_state(program), NOTHING
    out = StepOutput(NO_ROWS, NO_ROWS, NO_ROWS, np.zeros(offsets.CURSOR, np.int64))
    step(state, program, SCRATCH, batch, 0, 0, 0, 0, 0, out)
    emit_all(state, program, SCRATCH, out)
    _walking(program)
    _keeping(program, state)
    pa.array(NO_ROWS)  # Arrow imports pandas, if installed, for its first array
    resp.Texts.concatenated([pl.Series([""])]).words(np.empty((1, 0), np.uint8))


def _keeping(program: KernelProgram, state: State) -> None:
    """Calls the kernels of a shard's texts and ids, its migration and its snapshots."""
    batch = NOTHING
    known = state.texts, state.text_slots, state.text_bytes, state.meta
    intern(*known, batch.offsets, batch.ids, np.empty(0, np.uint8), batch.values, 0, 0, 0)
    move_marks(NO_ROWS, _rows(1), NO_ROWS, _rows(1))
    note_marks(np.zeros(1, np.int64), np.zeros((1, 1), np.int64), NO_ROWS, NO_ROWS, _rows(1))
    leading_zeros(NO_ROWS, NO_ROWS)
    reindex(state.slots, state.entities, 0)
    reindex_cells(state.cells, state.cells, state.heap)
    move(state, state, program, _rows(7), NO_ROWS)
    gather(NO_ROWS, NO_ROWS, state.ids)
    prints_of(NO_ROWS)


def _reading() -> None:
    """Reads a plain event of an artificial source."""
    source = Source(
        name="",
        topic="",
        format="json",
        description="",
        columns={"id": "STRING"},
        required=(),
        event_time=EventTime(column="id", unit="ms"),
        entities={"id": "id"},
        unknown_fields="ignore",
        max_future_ms=0,
    )
    PlainEventReader(source, EventLimits())([b'{"id":"a"}'])


def _walking(program: KernelProgram) -> None:
    """Walks over a history without events or questions."""
    state, cursor = empty_state(program), np.zeros(offsets.CURSOR, np.int64)
    cursor[offsets.ENTITY] = offsets.NONE
    line = Timeline(NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, 0)
    answer(state, program, SCRATCH, NOTHING, line, 0, StepOutput(NO_ROWS, NO_ROWS, NO_ROWS, cursor))
    words = np.empty(0, np.uint64)
    digest_rows(_rows(1), np.empty((0, 1), np.uint8), np.zeros(1, np.uint8), words)
    sort_by_time(*rows_by_entity(NO_ROWS, 0), NO_ROWS, words, NO_ROWS)
    cursor[offsets.STAGE] = 0
    recount(state, program, SCRATCH, NOTHING, line, 0, 0, 0, False, StepOutput(NO_ROWS, NO_ROWS, NO_ROWS, cursor))
    asked_too_early(line, NO_ROWS, np.empty(0, np.bool_))
    cursor[offsets.STAGE] = 0
    active_rows(state, program, SCRATCH, NOTHING, line, 0, 0, 1, 0, StepOutput(NO_ROWS, NO_ROWS, NO_ROWS, cursor))
    shards_of_hashes(NO_ROWS, 1, NO_ROWS)


def _cutting() -> None:
    """Partitions strings from polars, which are read-only and therefore of other types."""
    texts, lanes = strings_of(pl.Series(["a"])), np.zeros((1, 1), np.uint8)
    cut(texts.offsets, texts.data, np.ones(1, np.bool_), lanes, NO_ROWS, 1)
    take_strings(texts.offsets, texts.data, NO_ROWS)
    hash_strings(texts.offsets, texts.data, np.empty(1, np.int64))
    parse_times(texts.offsets, texts.data, np.empty(1, np.int64))
    take(lanes, NO_ROWS, NO_ROWS)
    take(_rows(1), NO_ROWS, NO_ROWS)
    table = QuestionTable(np.full(1, offsets.NONE, np.int32), _rows(COLUMNS), texts.data, TimeSpans(0, 0, 1))
    enter(table)
    mark(table.spans, _rows(1), NO_ROWS, NO_ROWS, 0)
    rows = room_for(1, 1)
    find_asked(table, texts.offsets, texts.data, np.ones(1, np.bool_), lanes, NO_ROWS, np.zeros(1, np.int64), rows)
    by_shard(rows)


def _rows(width: int) -> Ints:
    return np.empty((0, width), np.int64)


def _no_program() -> KernelProgram:
    return KernelProgram(
        tables=np.zeros((1, offsets.WINDOWS + 1), np.int64),
        templates=np.zeros((1, offsets.WORDS), np.int64),
        chains=np.full((1, 1), offsets.NONE, np.int64),
        updates=_rows(offsets.U_PARAMETER + 1),
        folds=_rows(offsets.F_ASKS + 1),
        sketches=_rows(offsets.F_ASKS + 1),
        parameters=np.zeros(1, np.float64),
        blank=NO_ROWS,
    )
