"""Tests increments: the changes applied to the old arrays give the new ones. The oracle is the arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from dataflows.kernels.block_digests import BLOCK, prints_of
from dataflows.state.deltas import BlockDigests, bytes_in, put, take_blocks
from tests.support.generators.seeds import seeds

Array = npt.NDArray[Any]
SHAPES: dict[str, tuple[type, tuple[int, ...]]] = {
    "entities": (np.int64, (9,)),
    "slots": (np.int32, ()),
    "ids": (np.uint8, ()),
}


def random_array(rng: np.random.Generator, kind: str, rows: int) -> Array:
    """Returns rows of one of the arrays of a shard."""
    dtype, tail = SHAPES[kind]
    return rng.integers(0, 200, (rows, *tail)).astype(dtype)


def aged(rng: np.random.Generator, array: Array, rows: int) -> Array:
    """Returns an array some time later: longer or shorter, with a few places written to."""
    later = np.zeros((rows, *array.shape[1:]), array.dtype)
    rows_kept = min(rows, len(array))
    later[:rows_kept] = array[:rows_kept]
    for row in rng.integers(0, max(1, rows), int(rng.integers(0, 6))):
        later[row : row + int(rng.integers(1, 4))] += 1
    return later


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("seed", seeds(30))
def test_changes_put_on_what_was_are_what_is(seed: int, kind: str) -> None:
    """Growing, shrinking, empty, ending within a block or at its end."""
    rng = np.random.default_rng(seed)
    sizes = [0, 1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, *rng.integers(0, 2_000, 6).tolist()]
    before = random_array(rng, kind, int(rng.choice(sizes)))
    now = aged(rng, before, int(rng.choice([len(before), *sizes])))
    (blocks,) = BlockDigests.of([now]).since(BlockDigests.of([before]))
    change = take_blocks(now, blocks)
    assert len(change.data) == bytes_in(blocks, now.nbytes)
    again = put(before, now.shape, change)
    assert (again.dtype, again.shape) == (now.dtype, now.shape)
    np.testing.assert_array_equal(again, now)
    assert BlockDigests.of([again]).checksum == BlockDigests.of([now]).checksum


@pytest.mark.parametrize("seed", seeds(10))
def test_every_bit_counts(seed: int) -> None:
    """A flipped bit changes the fingerprint of its block and of no other."""
    rng = np.random.default_rng(seed)
    array = rng.integers(0, 256, int(rng.integers(1, 5 * BLOCK))).astype(np.uint8)
    before = prints_of(array)
    for row in rng.integers(0, len(array), 200).tolist():
        flipped = array.copy()
        flipped[row] ^= 1 << int(rng.integers(8))
        assert np.flatnonzero(prints_of(flipped) != before).tolist() == [row // BLOCK]


def test_fingerprints_of_random_blocks_are_random() -> None:
    """All differ, and each bit is set in about half of them (within five deviations)."""
    rng = np.random.default_rng(5)
    sparse = np.zeros((100_000, BLOCK // 8), np.int64)
    sparse[np.arange(100_000), rng.integers(0, BLOCK // 8, 100_000)] = rng.integers(1, 1 << 20, 100_000)
    prints = prints_of(sparse)
    unique = len(np.unique(sparse, axis=0))
    assert len(np.unique(prints)) == unique
    bits = (np.unique(prints)[:, None] >> np.arange(64)) & 1
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(unique)


def test_what_did_not_change_is_not_taken() -> None:
    array = np.arange(100_000)
    before = BlockDigests.of([array])
    array[50_000] += 1
    now = BlockDigests.of([array])
    assert now.changed(before) == BLOCK
    assert now.size == 800_000
