"""Tests asking about every entity at several times in pieces: the same questions for any piece size."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from dataflows.history.shards.tick_questions import tick_questions
from tests.support.generators.seeds import rng_of, seeds


@pytest.mark.parametrize("most", [1, 7, 50, 10_000])
@pytest.mark.parametrize("seed", seeds())
def test_pieces_ask_what_a_plain_loop_asks(seed: int, most: int) -> None:
    rng = rng_of(seed)
    ids = [f"u{number}" for number in rng.integers(0, 9, 60)]
    times = rng.integers(0, 1_000, 60)
    ticks = np.unique(rng.integers(-10, 1_100, 40))
    pieces = list(tick_questions(pl.Series("id", ids), times, ticks, most))
    first = {one: min(time for other, time in zip(ids, times.tolist(), strict=True) if other == one) for one in ids}
    expected = [
        (row, one, tick) for row, tick in enumerate(ticks.tolist()) for one in sorted(first) if tick > first[one]
    ]
    asked = [question for piece in pieces for question in zip(piece.rows, piece.ids, piece.times, strict=True)]
    assert asked == expected
    assert all(len(piece.rows) <= max(most, len(first)) for piece in pieces)
    assert all(one.rows[-1] < other.rows[0] for one, other in pairwise(pieces))


def test_a_shard_without_events_asks_nothing() -> None:
    nothing = np.empty(0, np.int64)
    assert list(tick_questions(pl.Series("id", [], pl.String), nothing, np.arange(3), 10)) == []
