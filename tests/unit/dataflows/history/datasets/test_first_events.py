"""Tests the estimated rows of a data set without a spine: exact from all events, approximate from the first ones."""

from collections.abc import Iterator

import numpy as np
import pytest

from connectors.messages import RawBatch
from dataflows.history.datasets.first_events import FirstEvents, by_turns
from dataflows.kernels.arrays import Ints
from tests.support.generators.seeds import fixed_seeds, fresh_seed, rng_of, some


def batches(name: str, sizes: list[int]) -> Iterator[RawBatch]:
    for size in sizes:
        yield RawBatch(name, [b""] * size, 0, 0, str)


class Events:
    """Events with random ids in order; ids repeat."""

    def __init__(self, rng: np.random.Generator, many: int, ids: int) -> None:
        self.ids, self.times = rng.integers(0, ids, many), np.sort(rng.integers(0, 1_000_000, many))
        self._at = 0

    def __call__(self, batch: RawBatch) -> tuple[Ints, Ints, int]:
        rows = slice(self._at, self._at + len(batch.payloads))
        self._at = rows.stop
        return self.ids[rows], self.times[rows], 3 * len(batch.payloads)

    def rows(self, ticks: Ints) -> int:
        """Counts the entities with an event before each tick, by brute force."""
        return sum(len(set(self.ids[self.times < tick].tolist())) for tick in ticks)


TICKS = np.arange(0, 1_000_001, 50_000)


def test_all_events_tell_the_rows_exactly() -> None:
    rng = rng_of(fresh_seed())
    events, firsts = Events(rng, 5_000, 700), FirstEvents(5_000)
    firsts.read(batches("0", [1_000] * 5), events, 1_000_000)
    assert firsts.whole
    assert firsts.rows(TICKS) == events.rows(TICKS)
    assert firsts.id_bytes == 3


@pytest.mark.parametrize("seed", fixed_seeds(3))
@pytest.mark.parametrize("ids", some([100, 50_000, 1_000_000, 1_000_000_000]))
def test_the_first_events_tell_them_about(ids: int, seed: int) -> None:
    """A quarter of the events contains most of a few ids; with many ids, each event may bring a new one."""
    rng = rng_of(seed)
    events, firsts = Events(rng, 400_000, ids), FirstEvents(400_000)
    firsts.read(batches("0", [10_000] * 40), events, 100_000)
    assert not firsts.whole
    right, told = events.rows(TICKS), firsts.rows(TICKS)
    assert told is not None
    assert 0.75 * right < told < 1.33 * right


def test_without_a_number_of_messages_a_part_tells_nothing() -> None:
    rng = rng_of(fresh_seed())
    some, part = FirstEvents(None), FirstEvents(None)
    some.read(batches("0", [10] * 5), Events(rng, 50, 10), 1_000)
    part.read(batches("0", [10] * 5), Events(rng, 50, 10), 20)
    assert some.rows(TICKS) is not None
    assert part.rows(TICKS) is None


def test_no_events_are_no_rows() -> None:
    firsts = FirstEvents(0)
    firsts.read(iter(()), Events(rng_of(fresh_seed()), 1, 1), 10)
    assert (firsts.rows(TICKS), firsts.id_bytes) == (0, 0)


def test_partitions_are_read_by_turns() -> None:
    read = [batch.partition for batch in by_turns([batches("a", [1, 0, 1, 1]), batches("b", [1])])]
    assert read == ["a", "b", "a", "a"]
