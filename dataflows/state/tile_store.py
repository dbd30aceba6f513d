"""Holds the tiles of one shard and calls the kernels that update, fold and expire them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dataflows.compiler import TileLayout
from dataflows.kernels import offsets
from dataflows.kernels.arrays import NO_ROWS, NOTHING, Batch, Bytes, Ints, KernelProgram, Scratch, State, StepOutput
from dataflows.kernels.sketches import BINS_SPAN, RANKS_SPAN, REGISTERS_SPAN
from dataflows.kernels.step import emit_all, step
from dataflows.kernels.strings.hash_index import intern
from dataflows.kernels.strings.string_array import Strings
from dataflows.state.allocation import empty_state, room_per_event, with_room, with_text_room
from dataflows.state.oldest_event import oldest_event_ms


def new_scratch() -> Scratch:
    """Allocates the working memory of a kernel; threads that run kernels at the same time need one each."""
    return Scratch(
        np.zeros(BINS_SPAN, np.int64),
        np.zeros(REGISTERS_SPAN, np.uint8),
        np.zeros(RANKS_SPAN, np.int64),
        np.zeros(offsets.MOST_TABLES, np.int64),
    )


SCRATCH = new_scratch()
_SPARE_ROWS = 64


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of a step: emitted rows (OUT_WORDS + folded words wide) and the batch's late rows."""

    rows: Ints
    late: Ints


class RowIntervals(NamedTuple):
    """Intervals of time (ms) in each of which an entity's last row is emitted; all time before `oldest` is one
    interval."""

    length: int
    oldest: int


WHOLE = RowIntervals(0, 0)
"""No intervals: a batch emits one row per entity."""


class TileStore:
    """The entities of a shard and their tiles."""

    def __init__(self, layout: TileLayout, state: State | None = None) -> None:
        self.layout = layout
        self.state = state or empty_state(layout.any_program)
        self._room = room_per_event(layout.any_program)
        self._width = offsets.OUT_WORDS + layout.folded_words

    @property
    def entities(self) -> int:
        """Number of entities in the shard."""
        return int(self.state.meta[offsets.LIVE])

    @property
    def next_due(self) -> int:
        """The earliest event time (ms) at which a row can change by time alone."""
        return int(self.state.meta[offsets.NEXT_DUE])

    @property
    def oldest_event_ms(self) -> int | None:
        """Returns a time (ms) since which there have been events; None without entities."""
        return oldest_event_ms(self.state, self.layout.any_program.tables)

    @property
    def size(self) -> int:
        """Size of the used state in bytes."""
        meta = self.state.meta
        words = meta[offsets.ROWS] * self.state.entities.shape[1] + meta[offsets.HEAP]
        return int(8 * words + meta[offsets.BYTES] + meta[offsets.TEXT_BYTES])

    def intern(self, batch: Batch, column: int, texts: Strings, valid: Bytes, rows: range) -> None:
        """Writes the numbers of texts into these rows of `batch.values[:, column]`; NONE for invalid texts."""
        self.state = with_text_room(self.state, len(rows), texts.size(rows))
        s = self.state
        known = s.texts, s.text_slots, s.text_bytes, s.meta
        intern(*known, texts.offsets, texts.data, valid, batch.values, column, rows.start, rows.stop)

    def step(
        self, source: str, batch: Batch, rows: range, before: int, clock: int, parts: RowIntervals = WHOLE
    ) -> StepResult:
        """Applies rows of one source, late or not as of `before` (ms), then all boundaries up to `clock` (ms).

        Besides its last row an entity gets one row for each interval of `parts` in which the batch has events of it.
        """
        program, ids = self.layout.programs[source], Strings(batch.offsets, batch.ids)
        self.state = with_room(self.state, self._room, len(rows), ids.size(rows))
        self.state.meta[offsets.BATCH] += 1
        return self._run(program, batch, rows, before, clock, parts)

    def advance(self, clock: int) -> StepResult:
        """Emits all boundaries up to `clock` (ms)."""
        return self._run(self.layout.any_program, NOTHING, range(0), clock, clock, WHOLE)

    def refill(self) -> Ints:
        """Returns the current row of every entity."""
        rows, cursor = [], np.zeros(offsets.CURSOR, np.int64)
        while cursor[offsets.STAGE] != offsets.DONE:
            out = self._output(self.entities, cursor, NO_ROWS, NO_ROWS)
            emit_all(self.state, self.layout.any_program, SCRATCH, out)
            rows.append(self._emitted(out))
        return np.concatenate(rows)

    def rows_at(self, time: int) -> Ints:
        """Returns the row of every entity at a time (ms) that is not earlier than any of its events."""
        self.state.entities[: self.state.meta[offsets.ROWS], offsets.AS_OF] = time
        return self.refill()

    def _run(
        self, program: KernelProgram, batch: Batch, rows: range, before: int, clock: int, parts: RowIntervals
    ) -> StepResult:
        left, cursor, n = [], np.zeros(offsets.CURSOR, np.int64), len(rows)
        touched, late = np.empty(n, np.int64), np.empty(n, np.int64)
        cursor[offsets.POSITION] = rows.start
        while cursor[offsets.STAGE] != offsets.DONE:
            out = self._output(n, cursor, touched, late)
            step(self.state, program, SCRATCH, batch, rows.stop, before, clock, *parts, out)
            left.append(self._emitted(out))
        return StepResult(left[0] if len(left) == 1 else np.concatenate(left), late[: cursor[offsets.LATE]])

    def _output(self, rows: int, cursor: Ints, touched: Ints, late: Ints) -> StepOutput:
        return StepOutput(np.empty((2 * rows + _SPARE_ROWS) * self._width, np.int64), touched, late, cursor)

    def _emitted(self, out: StepOutput) -> Ints:
        """Returns the rows emitted so far and resets the output for the next call of the kernel."""
        emitted = int(out.cursor[offsets.EMITTED])
        out.cursor[offsets.EMITTED] = 0
        return out.rows[: emitted * self._width].reshape(emitted, self._width)
