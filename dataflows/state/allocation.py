"""Makes room in the arrays of a shard before a kernel runs, for the worst case, so that kernels never allocate."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dataflows.kernels import offsets
from dataflows.kernels.arrays import KernelProgram, Slots, State
from dataflows.kernels.cell_index import reindex_cells
from dataflows.kernels.strings.hash_index import reindex

_GROWTH = 1.25
_LOAD = 0.6


class MaxGrowth(NamedTuple):
    """The most that one event can add to a shard: cells and words of the heap."""

    cells: int
    words: int


def room_per_event(program: KernelProgram) -> MaxGrowth:
    """Counts a tile in each table, and a cell in each of their chains."""
    cells = int((program.chains != offsets.NONE).sum())
    return MaxGrowth(cells, int(program.tables[:, offsets.WIDTH].sum()) + cells * offsets.CELL)


def empty_state(program: KernelProgram) -> State:
    """Creates the arrays of a shard without entities."""
    tables = program.tables.shape[0]
    meta = np.zeros(offsets.FREE_TILES + tables, np.int64)
    meta[[offsets.FREE_ROW, offsets.FREE_CELL, *range(offsets.FREE_TILES, len(meta))]] = offsets.NONE
    meta[offsets.NEXT_DUE], meta[offsets.FLOOR] = offsets.NEVER, offsets.ALWAYS
    return State(
        entities=np.empty((0, offsets.HEADS + tables), np.int64),
        slots=slots_for(0),
        ids=np.empty(0, np.uint8),
        heap=np.empty(0, np.int64),
        cells=slots_for(0),
        texts=np.zeros((1, offsets.TEXT_COLUMNS), np.int64),
        text_slots=slots_for(0),
        text_bytes=np.empty(0, np.uint8),
        meta=meta,
    )


def with_room(state: State, room: MaxGrowth, rows: int, id_bytes: int) -> State:
    """Returns a state with room for `rows` events of new entities with their own tiles and cells."""
    meta = state.meta.tolist()
    words, cells = meta[offsets.HEAP] + rows * room.words, meta[offsets.CELLS] + rows * room.cells
    known, live, used = meta[offsets.ROWS] + rows, meta[offsets.LIVE] + rows, meta[offsets.BYTES] + id_bytes
    if (
        known <= len(state.entities)
        and words <= len(state.heap)
        and used <= len(state.ids)
        and not _crowded(state.slots, live)
        and not _crowded(state.cells, cells)
    ):
        return state
    return state._replace(
        entities=_grown(state.entities, meta[offsets.ROWS], rows),
        slots=_entity_slots(state, live),
        ids=_grown(state.ids, meta[offsets.BYTES], id_bytes),
        heap=_grown(state.heap, meta[offsets.HEAP], rows * room.words),
        cells=_cell_slots(state, cells),
    )


def numbered_state(program: KernelProgram, entities: int) -> State:
    """Creates the arrays of a shard whose entities are numbered from 0, none of them with events."""
    state = empty_state(program)
    rows = np.full((entities, state.entities.shape[1]), offsets.NONE, np.int64)
    rows[:, offsets.START] = np.arange(entities)
    rows[:, [offsets.LENGTH, offsets.SEQ]] = 0
    rows[:, offsets.AS_OF], rows[:, offsets.DUE] = offsets.ALWAYS, offsets.NEVER
    state.meta[[offsets.ROWS, offsets.LIVE]] = entities
    return state._replace(entities=rows)


def with_tile_room(state: State, room: MaxGrowth, rows: int) -> State:
    """Returns a state with room for the tiles and cells of `rows` events of existing entities."""
    words, cells = int(state.meta[offsets.HEAP]), int(state.meta[offsets.CELLS]) + rows * room.cells
    if words + rows * room.words <= len(state.heap) and not _crowded(state.cells, cells):
        return state
    return state._replace(heap=_grown(state.heap, words, rows * room.words), cells=_cell_slots(state, cells))


def with_text_room(state: State, rows: int, size: int) -> State:
    """Returns a state with room for `rows` new texts of `size` bytes in total."""
    count = int(state.meta[offsets.TEXTS])
    texts, slots = _grown(state.texts, count, rows), state.text_slots
    if _crowded(slots, count + rows):
        slots = slots_for(count + rows)
        reindex(slots, texts, count)
    text_bytes = _grown(state.text_bytes, int(state.meta[offsets.TEXT_BYTES]), size)
    return state._replace(texts=texts, text_slots=slots, text_bytes=text_bytes)


def slots_for(count: int) -> Slots:
    """Creates empty slots, a power of two, for `count` records."""
    return np.full(1 << max(4, int(count / _LOAD)).bit_length(), offsets.NONE, np.int32)


def _crowded(slots: Slots, count: int) -> bool:
    return count > _LOAD * len(slots)


def _entity_slots(state: State, count: int) -> Slots:
    if not _crowded(state.slots, count):
        return state.slots
    slots = slots_for(count)
    reindex(slots, state.entities, int(state.meta[offsets.ROWS]))
    return slots


def _cell_slots(state: State, count: int) -> Slots:
    if not _crowded(state.cells, count):
        return state.cells
    cells = slots_for(count)
    reindex_cells(state.cells, cells, state.heap)
    return cells


def _grown(array: npt.NDArray[Any], used: int, more: int) -> npt.NDArray[Any]:
    """Grows an array by `more` entries; unused pages cost no memory until touched."""
    if used + more <= len(array):
        return array
    grown = np.empty((int((used + more) * _GROWTH), *array.shape[1:]), array.dtype)
    grown[:used] = array[:used]
    return grown
