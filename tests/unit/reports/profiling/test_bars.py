"""Tests the bins of charts against numpy's own histogram of the values."""

import numpy as np
import polars as pl
import pytest

from reports.profiling import Profile, histogram_of
from reports.profiling.bars import MOST_WHOLE
from tests.support.generators.seeds import rng_of, seeds


def profiled(values: pl.Series) -> Profile:
    profile = Profile("number", rules=0)
    for part in np.array_split(np.arange(len(values)), 3):  # merged, as batches are
        profile.add(values[part.tolist()], [])
    return profile


@pytest.mark.parametrize("seed", seeds(20))
def test_every_value_is_counted_in_its_bin(seed: int) -> None:
    """Exactly while each cell holds a single number; to a cell's width beyond."""
    numbers = rng_of(seed)
    spread = float(numbers.choice([3, 40, 300, 5_000]))
    sides = [numbers.normal(0, spread, int(numbers.integers(50, 5_000))) + shift for shift in (0, spread / 2)]
    whole = bool(numbers.integers(2))
    values = [np.floor(side) if whole else side for side in sides]
    histogram = histogram_of(*(profiled(pl.Series(side)) for side in values))
    edges = histogram.low + histogram.width * np.arange(len(histogram.counts) + 1)
    exact = whole and spread <= 40
    for side, counts, outside in zip(values, (histogram.counts, histogram.reference), histogram.outside, strict=True):
        wanted = np.histogram(side, edges)[0]
        assert sum(counts) + outside == len(side)
        assert np.abs(np.cumsum(counts) - np.cumsum(wanted)).max() <= (0 if exact else 0.02 * len(side)), seed
    assert histogram.whole == whole
    assert len(histogram.counts) % histogram.joined == 0
    assert not whole or len(histogram.counts) // histogram.joined <= MOST_WHOLE


def test_one_value_far_out_leaves_the_others_their_bars() -> None:
    values = pl.Series([*rng_of(1).normal(0, 1, 1_000), 1e9])
    histogram = histogram_of(profiled(values), None)
    assert histogram.outside[0] <= 11
    assert np.count_nonzero(histogram.counts) > 50


def test_texts_and_truths_have_none() -> None:
    for kind, values in (("text", pl.Series(["a"])), ("truth", pl.Series([True]))):
        profile = Profile("text" if kind == "text" else "truth", rules=0)
        profile.add(values, [])
        assert histogram_of(profile, profile).counts == ()
