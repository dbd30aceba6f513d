"""Moves a shard into fresh arrays: to a changed layout, or compacted in its own."""

from collections.abc import Mapping

import numpy as np

from dataflows.compiler import TileLayout, TileSlot
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, KernelProgram, State
from dataflows.kernels.migrate import move
from dataflows.kernels.strings.hash_index import reindex
from dataflows.state.allocation import empty_state, slots_for
from dataflows.state.earlier_partials import successor

_WORTH_IT = 1 << 16
"""Freed texts and id bytes below this number are not worth a move."""


def migrate(old: State, words: Mapping[TileSlot, int], hops: tuple[int, ...], layout: TileLayout) -> State:
    """Moves the state to a layout; drops partials that the layout does not have."""
    new = _room_for(old, layout.any_program)
    renumbered = np.full(int(old.meta[offsets.TEXTS]), offsets.NONE, np.int64)
    move(old, new, layout.any_program, _copies(words, hops, layout), renumbered)
    reindex(new.text_slots, new.texts, int(new.meta[offsets.TEXTS]))
    return new


def compact(state: State, layout: TileLayout, texts_before: int) -> State:
    """Compacts the state if enough of it is free; `texts_before` is the number of texts after the last compaction."""
    stale_texts = int(state.meta[offsets.TEXTS]) - 2 * texts_before
    stale_ids = 2 * int(state.meta[offsets.WASTE]) - int(state.meta[offsets.BYTES])
    if max(stale_texts, stale_ids) < _WORTH_IT:
        return state
    return migrate(state, layout.words, layout.hops, layout)


def _copies(words: Mapping[TileSlot, int], hops: tuple[int, ...], layout: TileLayout) -> Ints:
    rows = [
        (
            hops.index(slot.hop),
            layout.hops.index(slot.hop),
            position,
            layout.words[successor(slot)],
            slot.partial.stored,
            slot.partial.op,
            slot.order,
        )
        for slot, position in words.items()
        if successor(slot) in layout.words
    ]
    return np.array(rows, np.int64).reshape(-1, 7)


def _room_for(old: State, program: KernelProgram) -> State:
    """Allocates arrays large enough for the whole old state; unused pages are never touched."""
    new = empty_state(program)
    live, meta = int(old.meta[offsets.LIVE]), old.meta
    most_tiles = int(meta[offsets.HEAP]) // (offsets.WORDS + 1) + 1
    words = most_tiles * int(program.tables[:, offsets.WIDTH].max()) + int(meta[offsets.HEAP])
    texts = int(meta[offsets.TEXTS])
    return new._replace(
        entities=np.empty((live, new.entities.shape[1]), np.int64),
        slots=slots_for(live),
        ids=np.empty(int(meta[offsets.BYTES]), np.uint8),
        heap=np.empty(words, np.int64),
        cells=slots_for(int(meta[offsets.CELLS])),
        texts=np.empty((texts + 1, offsets.TEXT_COLUMNS), np.int64),
        text_slots=slots_for(texts),
        text_bytes=np.empty(int(meta[offsets.TEXT_BYTES]), np.uint8),
    )
