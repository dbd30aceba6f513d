"""Strings in Arrow's layout: `data[offsets[i]:offsets[i + 1]]` are the UTF-8 bytes of string i."""

from typing import Any

import numpy as np

from compiled_loops import allocating, kernel
from dataflows.kernels.arrays import Bytes, Ints, Word

_BASIS = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)


@kernel
def mixed(word: Any) -> Word:
    """Mixes all bits of a uint64 into all bits (the finalizer of MurmurHash3); returns an int64."""
    word = (word ^ (word >> _HALF)) * _MIX1
    word = (word ^ (word >> _HALF)) * _MIX2
    return np.uint64(word ^ (word >> _HALF)).view(np.int64)


@kernel
def hash_bytes(data: Bytes, start: int, end: int) -> Word:
    """Hashes bytes to 64 bits: FNV-1a, then mixed. Stable across machines and versions."""
    word = _BASIS
    for index in range(start, end):
        word = (word ^ np.uint64(data[index])) * _PRIME
    return mixed(word)


@kernel
def hash_strings(offsets: Ints, data: Bytes, hashes: Ints) -> None:
    """Writes the hash of each string into `hashes`."""
    for row in range(hashes.shape[0]):
        hashes[row] = hash_bytes(data, offsets[row], offsets[row + 1])


@kernel
def same_bytes(left: Bytes, left_start: int, right: Bytes, right_start: int, length: int) -> bool:
    """Whether two runs of bytes are equal."""
    for i in range(length):
        if left[left_start + i] != right[right_start + i]:
            return False
    return True


@kernel
def precedes(data: Bytes, left_start: int, left_length: int, right_start: int, right_length: int) -> Word:
    """Returns whether a text sorts before another by bytes, which in UTF-8 is the order of code points."""
    for i in range(min(left_length, right_length)):
        left, right = data[left_start + i], data[right_start + i]
        if left != right:
            return left < right
    return left_length < right_length


@kernel
def copy_bytes(source: Bytes, start: int, end: int, target: Bytes, target_start: int) -> Word:
    """Copies bytes; returns the position after the copy."""
    for i in range(start, end):
        target[target_start] = source[i]
        target_start += 1
    return target_start


@allocating
def take_strings(offsets: Ints, data: Bytes, order: Ints) -> tuple[Ints, Bytes]:
    """Gathers strings in the given order into new offsets and bytes."""
    starts = np.empty(order.shape[0] + 1, np.int64)
    starts[0] = 0
    for i in range(order.shape[0]):
        starts[i + 1] = starts[i] + offsets[order[i] + 1] - offsets[order[i]]
    out = np.empty(starts[-1], np.uint8)
    for i in range(order.shape[0]):
        copy_bytes(data, offsets[order[i]], offsets[order[i] + 1], out, starts[i])
    return starts, out


@allocating
def gather(starts: Ints, lengths: Ints, arena: Bytes) -> tuple[Ints, Bytes]:
    """Copies the strings at `starts` of an arena into their own offsets and bytes."""
    offsets = np.empty(starts.shape[0] + 1, np.int64)
    offsets[0] = 0
    for i in range(starts.shape[0]):
        offsets[i + 1] = offsets[i] + lengths[i]
    out = np.empty(offsets[-1], np.uint8)
    for i in range(starts.shape[0]):
        copy_bytes(arena, starts[i], starts[i] + lengths[i], out, offsets[i])
    return offsets, out
