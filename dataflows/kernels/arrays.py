"""Names the arrays that a kernel works on. Numba compiles named tuples of arrays as structs."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Slots = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
Word = Any
"""A 64-bit scalar of an array: an integer, or the bits of a double."""


class State(NamedTuple):
    """The arrays of a shard; offsets.py names their columns and words."""

    entities: Ints
    slots: Slots
    ids: Bytes
    heap: Ints
    cells: Slots
    texts: Ints
    text_slots: Slots
    text_bytes: Bytes
    meta: Ints


class KernelProgram(NamedTuple):
    """The partials to store and fold for one entity type, and the lanes of one source that feed them."""

    tables: Ints
    templates: Ints  # per table: the words of a new tile
    chains: Ints  # per table: the words that are heads of cell chains, padded with NONE
    updates: Ints
    folds: Ints  # partials merged tile by tile, by table
    sketches: Ints  # partials read from cells
    parameters: Reals
    blank: Ints  # the folded words of an empty window


class Batch(NamedTuple):
    """Events of one shard, columnar: rows in order of arrival; times in ms of event time."""

    hashes: Ints
    offsets: Ints
    ids: Bytes
    times: Ints
    values: Ints  # (rows, values) words
    lanes: Bytes  # (rows, lanes) 1 if the selection of the lane admits the event


class Timeline(NamedTuple):
    """The order in which a walk visits events and questions of a history: by (entity, time).

    Only after `shortest_stay` (ms) without an event can an entity have left its windows.
    """

    order: Ints  # rows of the batch
    entities: Ints  # per row of the batch
    keys: Ints  # per row of the batch: the earliest time of a question that sees the event (ms), minus 1
    asked_of: Ints  # per question: its entity
    asked_at: Ints  # per question: its time (ms)
    shortest_stay: int


class StepOutput(NamedTuple):
    """Buffer for emitted rows, and the progress of a step."""

    rows: Ints  # capacity x (OUT_WORDS + folded words)
    touched: Ints
    late: Ints
    cursor: Ints


class Scratch(NamedTuple):
    """Working memory of the sketches, shared by all shards of a worker."""

    bins: Ints  # all zero between calls
    registers: Bytes
    ranked: Ints
    dues: Ints  # per table: when the last written row next changes


NO_ROWS = np.empty(0, np.int64)
_NO_BYTES = np.empty((0, 0), np.uint8)
NOTHING = Batch(NO_ROWS, np.zeros(1, np.int64), np.empty(0, np.uint8), NO_ROWS, np.empty((0, 0), np.int64), _NO_BYTES)
