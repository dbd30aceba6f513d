"""Tests the index of ids and texts against a dictionary, with most hashes colliding."""

import numpy as np
import pytest

from dataflows.kernels.arrays import Ints
from dataflows.kernels.offsets import FREE_TILES, HASH, LENGTH, NONE, START, TEXT_BYTES, TEXT_COLUMNS, TEXTS
from dataflows.kernels.strings.hash_index import forget, intern, reindex, slot_of
from dataflows.state.allocation import slots_for
from tests.support.factories.kernel_batches import strings
from tests.support.generators.seeds import rng_of, seeds

SLOTS = 32
# All of them compete for the first slots or for the last ones, from where a run wraps around to the start.
HASHES = [0, 0, 1, SLOTS, -SLOTS, SLOTS - 1, SLOTS - 1, SLOTS - 2, -1, 7, 2**62 + 5]


class Ids:
    """Short byte strings in an arena, each with a given hash, and the index of those added."""

    def __init__(self, rng: np.random.Generator, many: int, hashes: list[int]) -> None:
        lengths = rng.integers(0, 4, many)
        self.starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        self.arena = rng.integers(0, 2, int(lengths.sum())).astype(np.uint8)
        self.hashes = rng.choice(hashes, many)
        self.rows = np.column_stack([self.hashes, self.starts, lengths])
        self.slots = np.full(SLOTS, NONE, np.int32)

    def key(self, row: int) -> tuple[int, bytes]:
        start, length = int(self.rows[row, START]), int(self.rows[row, LENGTH])
        return int(self.rows[row, HASH]), self.arena[start : start + length].tobytes()

    def slot(self, row: int) -> int:
        hash_, start, length = self.rows[row].tolist()
        return int(slot_of(self.slots, self.rows, self.arena, hash_, self.arena, start, length))

    def answers(self) -> list[int]:
        """Returns the index's answer for every string, NONE for unknown ones."""
        return [int(self.slots[self.slot(row)]) for row in range(len(self.rows))]

    def expected(self, known: dict[tuple[int, bytes], int]) -> list[int]:
        return [known.get(self.key(row), NONE) for row in range(len(self.rows))]


@pytest.mark.parametrize("seed", seeds(6))
def test_look_ups_are_those_of_a_dictionary(seed: int) -> None:
    rng = rng_of(seed)
    ids = Ids(rng, 80, HASHES if seed % 2 else [SLOTS - 2])
    known: dict[tuple[int, bytes], int] = {}
    fullest = 0
    for row in rng.integers(0, 80, 500).tolist():
        slot = ids.slot(row)
        assert int(ids.slots[slot]) == known.get(ids.key(row), NONE)
        if ids.key(row) in known:
            forget(ids.slots, ids.rows, slot)
            del known[ids.key(row)]
        elif len(known) < SLOTS - 2:
            ids.slots[slot] = row
            known[ids.key(row)] = row
        assert ids.answers() == ids.expected(known)
        assert np.count_nonzero(ids.slots != NONE) == len(known)
        fullest = max(fullest, len(known))
    assert fullest >= 8, "a dense run was never there"


def test_texts_that_are_not_equal_are_not_found() -> None:
    """Same hash, same length, same start, or a prefix: only all bytes and the length decide."""
    arena = np.frombuffer(b"abcabdab", np.uint8).copy()
    rows = np.array([[5, 0, 3]], np.int64)
    slots = np.full(8, NONE, np.int32)
    slots[5] = 0

    def known(hash_: int, start: int, length: int) -> bool:
        return bool(slots[slot_of(slots, rows, arena, hash_, arena, start, length)] != NONE)

    assert known(5, 0, 3)
    assert not known(5, 3, 3)
    assert not known(5, 6, 2)
    assert not known(5, 0, 2)
    assert not known(5, 0, 4)
    assert not known(13, 0, 3)


@pytest.mark.parametrize("seed", seeds(4))
def test_reindexing_finds_the_rows_in_use(seed: int) -> None:
    rng = rng_of(seed)
    ids = Ids(rng, 60, [0, 1, SLOTS, 2**40, -1, -5])
    first = {ids.key(row): row for row in reversed(range(60))}
    used = [row for row in sorted(first.values()) if rng.random() < 0.6]
    counted = [row for row in used if row < 50][: SLOTS - 2]
    rows = ids.rows.copy()
    rows[[row for row in range(60) if row not in counted], LENGTH] = NONE
    ids.slots = np.full(2 * SLOTS, NONE, np.int32)
    reindex(ids.slots, rows, 50)
    assert np.count_nonzero(ids.slots != NONE) == len(counted)
    assert ids.answers() == ids.expected({ids.key(row): row for row in counted})


class Interned:
    """Arrays for a thousand texts, and the numbers a dictionary gives them."""

    def __init__(self) -> None:
        self.texts = np.empty((1_000, TEXT_COLUMNS), np.int64)
        self.slots, self.arena = slots_for(1_000), np.empty(10_000, np.uint8)
        self.meta, self.numbers = np.zeros(FREE_TILES, np.int64), dict[str, int]()

    def __call__(self, texts: list[str | None], codes: Ints, column: int) -> list[int]:
        """Interns texts and returns the expected numbers."""
        column_of = strings([text or "" for text in texts])
        valid = np.array([text is not None for text in texts], np.uint8)
        known = self.texts, self.slots, self.arena, self.meta
        intern(*known, column_of.offsets, column_of.data, valid, codes, column, 0, len(texts))
        return [NONE if text is None else self.numbers.setdefault(text, len(self.numbers)) for text in texts]

    def text(self, number: int) -> str:
        start, length = self.texts[number, [START, LENGTH]]
        return self.arena[start : start + length].tobytes().decode()


@pytest.mark.parametrize("seed", seeds(4))
def test_texts_are_numbered_as_they_come(seed: int) -> None:
    rng, interned = rng_of(seed), Interned()
    for _ in range(12):
        texts = [None if rng.random() < 0.2 else f"é{rng.integers(60)}" * int(rng.integers(3)) for _ in range(30)]
        codes = np.full((30, 3), 99, np.int64)
        expected = interned(texts, codes, 1)
        assert codes[:, 1].tolist() == expected
        assert (codes[:, [0, 2]] == 99).all()
    assert interned.meta[TEXTS] == len(interned.numbers) > 30
    assert interned.meta[TEXT_BYTES] == sum(len(text.encode()) for text in interned.numbers)
    assert {interned.text(number): number for number in range(len(interned.numbers))} == interned.numbers
