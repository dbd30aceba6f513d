"""Runs the walk over a shard's history: yields folded words in pieces."""

from collections.abc import Callable, Iterator

import numpy as np

from dataflows.compiler import TileLayout
from dataflows.history.folding.joint_program import joint_program, shortest_stay
from dataflows.history.spill import ShardEvents
from dataflows.kernels import offsets
from dataflows.kernels.arrays import NO_ROWS, Batch, Ints, StepOutput, Timeline
from dataflows.kernels.history.walk import active_rows, answer, recount
from dataflows.kernels.strings.string_array import strings_of
from dataflows.state import TileStore, new_scratch, numbered_state, room_per_event, with_tile_room

_NO_IDS = NO_ROWS, np.zeros(1, np.int64), np.empty(0, np.uint8)
EVENTS_AT_ONCE = 1 << 15
"""Events for which room for tiles is made at a time."""


class ShardWalker:
    """The tiles of a shard whose `entities` are numbered; walks over the same events one after another.

    Events are stored in an `order`, because a walk that reads them sequentially waits less for memory.
    """

    def __init__(
        self, layout: TileLayout, events: ShardEvents, entities: int, order: Ints, piece: int = 1 << 14
    ) -> None:
        self._program = joint_program(layout)
        self._room = room_per_event(self._program)
        self._piece, self._scratch = piece, new_scratch()
        self.stay_ms = shortest_stay(self._program)
        self.tiles = TileStore(layout, numbered_state(self._program, entities))
        self._width = offsets.OUT_WORDS + layout.folded_words
        self._intern(events)
        columns = events.times[order], events.values.take(order, axis=0), events.lanes.take(order, axis=0)
        self._batch = Batch(*_NO_IDS, *columns)

    def answers(self, line: Timeline) -> Iterator[Ints]:
        """Yields one row of folded words per question, in order; OUT_START is the entity's number."""

        def walk(end: int, out: StepOutput) -> None:
            answer(self.tiles.state, self._program, self._scratch, self._batch, line, end, out)

        return self._run(line, walk)

    def rows(self, line: Timeline, since: int, clock: int, every: bool) -> Iterator[Ints]:
        """Yields each entity's last row at `clock` (ms), or every row after `since` (ms)."""

        def walk(end: int, out: StepOutput) -> None:
            recount(self.tiles.state, self._program, self._scratch, self._batch, line, end, since, clock, every, out)

        return self._run(line, walk)

    def active_rows(self, line: Timeline, since: int, length: int, closing: int = offsets.ALWAYS) -> Iterator[Ints]:
        """Yields each entity's row after its last event of each interval of `length`, for rows after `since` (ms).

        At `closing` (ms) each entity that has not left emits one more; ALWAYS asks for none.
        """

        def walk(end: int, out: StepOutput) -> None:
            active_rows(
                self.tiles.state, self._program, self._scratch, self._batch, line, end, since, length, closing, out
            )

        return self._run(line, walk)

    def _run(self, line: Timeline, walk: Callable[[int, StepOutput], None]) -> Iterator[Ints]:
        cursor = np.zeros(offsets.CURSOR, np.int64)
        cursor[offsets.ENTITY] = offsets.NONE
        self._begin_anew()
        while cursor[offsets.STAGE] != offsets.DONE:
            out = StepOutput(np.empty(self._piece * self._width, np.int64), NO_ROWS, NO_ROWS, cursor)
            end = min(int(cursor[offsets.EVENT]) + EVENTS_AT_ONCE, len(line.order))
            self.tiles.state = with_tile_room(self.tiles.state, self._room, end - int(cursor[offsets.EVENT]))
            walk(end, out)
            emitted = int(cursor[offsets.EMITTED])
            cursor[offsets.EMITTED] = 0
            if emitted:
                yield out.rows[: emitted * self._width].reshape(emitted, self._width)

    def _begin_anew(self) -> None:
        self.tiles.state.entities[:, offsets.AS_OF] = offsets.ALWAYS

    def _intern(self, events: ShardEvents) -> None:
        """Replaces the texts of each source by their numbers in its rows of the values."""
        for texts in events.texts:
            valid = texts.values.is_not_null().to_numpy().view(np.uint8)
            values = events.values[texts.rows.start : texts.rows.stop]
            batch = Batch(*_NO_IDS, NO_ROWS, values, np.empty((0, 0), np.uint8))
            self.tiles.intern(batch, texts.column, strings_of(texts.values), valid, range(len(values)))
