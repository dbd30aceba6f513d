"""Partitions a batch by shard in one pass: the rows of one entity type, grouped by shard."""

from typing import Any

import numpy as np

from compiled_loops import allocating, kernel
from dataflows.kernels.arrays import Bools, Bytes, Ints, Word
from dataflows.kernels.offsets import NONE
from dataflows.kernels.strings.arrow_strings import hash_bytes

_TOP = np.uint64(33)


@kernel
def shard_of(hash_: int, shards: int) -> Word:
    """Returns the shard of an entity: stable forever, independent of the number of workers."""
    return np.int64((np.int64(hash_).view(np.uint64) >> _TOP) % np.uint64(shards))


@kernel
def shards_of_hashes(hashes: Ints, shards: int, shard: Ints) -> None:
    """Writes the shard of each hash into `shard`."""
    for row in range(hashes.shape[0]):
        shard[row] = shard_of(hashes[row], shards)


@allocating
def cut(offsets: Ints, data: Bytes, known: Bools, lanes: Bytes, picked: Ints, shards: int) -> tuple[Ints, Ints, Ints]:
    """Partitions the selected rows: returns their hashes, the rows ordered by shard, and the start of each shard.

    A row is selected if its key is known and one of the picked lanes admits it; within a shard rows keep their order of
    arrival.
    """
    n = known.shape[0]
    hashes, shard = np.empty(n, np.int64), np.empty(n, np.int64)
    starts = np.zeros(shards + 1, np.int64)
    for row in range(n):
        shard[row] = NONE
        if known[row] and is_selected(lanes, row, picked):
            hashes[row] = hash_bytes(data, offsets[row], offsets[row + 1])
            shard[row] = shard_of(hashes[row], shards)
            starts[shard[row] + 1] += 1
    for i in range(shards):
        starts[i + 1] += starts[i]
    order, next_places = np.empty(starts[shards], np.int64), starts.copy()
    for row in range(n):
        if shard[row] != NONE:
            order[next_places[shard[row]]] = row
            next_places[shard[row]] += 1
    return hashes, order, starts


@kernel
def is_selected(lanes: Bytes, row: int, picked: Ints) -> Word:
    """Returns whether one of the picked lanes admits a row."""
    for lane in picked:
        if lanes[row, lane]:
            return True
    return False


@allocating
def take(matrix: Any, order: Ints, picked: Ints) -> Any:
    """Gathers rows and columns of a matrix, in the given orders."""
    chosen = np.empty((order.shape[0], picked.shape[0]), matrix.dtype)
    for i in range(order.shape[0]):
        for j in range(picked.shape[0]):
            chosen[i, j] = matrix[order[i], picked[j]]
    return chosen
