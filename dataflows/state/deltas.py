"""Finds the blocks of a shard's arrays that changed since a moment, and applies them again.

A shard of many entities changes in few places between two snapshots. Blocks are compared by 64-bit fingerprints: with a
million blocks changing every second, one change goes unnoticed in half a million years.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dataflows.kernels.arrays import Bytes, Ints, Slots
from dataflows.kernels.block_digests import BLOCK, prints_of

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class BlockDigests:
    """The state of arrays at a moment: the fingerprints of their blocks, and their size in bytes."""

    blocks: tuple[Ints, ...]
    size: int

    @classmethod
    def of(cls, arrays: Sequence[Array]) -> "BlockDigests":
        """Digests the arrays as they are now."""
        return cls(tuple(map(prints_of, arrays)), sum(array.nbytes for array in arrays))

    @property
    def checksum(self) -> int:
        """Returns a checksum over all digests."""
        return zlib.crc32(b"".join(prints.data for prints in self.blocks))

    def changed(self, before: "BlockDigests") -> int:
        """Returns an upper bound for the bytes of blocks that changed since `before`."""
        return sum(map(len, self.since(before))) * BLOCK

    def since(self, before: "BlockDigests") -> list[Slots]:
        """Returns the blocks of each array that changed since `before`."""
        return [*map(_changed, before.blocks, self.blocks)]


class BlockDelta(NamedTuple):
    """Changed blocks of an array: their numbers, and their bytes concatenated."""

    blocks: Slots
    data: Bytes


def take_blocks(array: Array, blocks: Slots) -> BlockDelta:
    """Copies blocks of a contiguous array; the last block of an array can be shorter."""
    data = _bytes(array)
    full_blocks = len(data) // BLOCK
    parts = [data[: full_blocks * BLOCK].reshape(full_blocks, BLOCK)[blocks[blocks < full_blocks]].reshape(-1)]
    if len(blocks) and blocks[-1] == full_blocks:
        parts.append(data[full_blocks * BLOCK :])
    return BlockDelta(blocks, np.concatenate(parts))


def bytes_in(blocks: Slots, size: int) -> int:
    """Returns the number of bytes in these blocks of an array of `size` bytes."""
    short = len(blocks) > 0 and int(blocks[-1]) == size // BLOCK
    return len(blocks) * BLOCK - (BLOCK - size % BLOCK if short else 0)


def put(array: Array, shape: Sequence[int], change: BlockDelta) -> Array:
    """Builds an array of a new shape from the old one and the changed blocks."""
    result = np.zeros(shape, array.dtype)
    old, new = _bytes(array), _bytes(result)
    shared = min(len(old), len(new))
    new[:shared] = old[:shared]
    full_blocks = len(new) // BLOCK
    full = change.blocks[change.blocks < full_blocks]
    new[: full_blocks * BLOCK].reshape(full_blocks, BLOCK)[full] = change.data[: len(full) * BLOCK].reshape(-1, BLOCK)
    if len(full) < len(change.blocks):
        new[full_blocks * BLOCK :] = change.data[len(full) * BLOCK :]
    return result


def _changed(before: Ints, now: Ints) -> Slots:
    common = min(len(before), len(now))
    differ = np.flatnonzero(before[:common] != now[:common])
    return np.concatenate([differ, np.arange(common, len(now))]).astype(np.int32)


def _bytes(array: Array) -> Bytes:
    return array.reshape(-1).view(np.uint8)
