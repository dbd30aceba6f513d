"""Tests quantiles and the cells they are read from, against numpy."""

import numpy as np
import polars as pl
import pytest

from reports.profiling.histogram import EMPTY, MOST, LogHistogram, keys_of, numbers_of
from reports.profiling.summary import CURVE
from tests.support.factories.quality.profiles import SEEDS, SHAPES, SPECIAL, profile_of
from tests.support.generators.seeds import rng_of


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_quantiles_are_within_half_a_percent_of_rank(shape: str, seed: int) -> None:
    numbers = np.sort(SHAPES[shape](rng_of(seed), 20_000))
    quantiles = np.array(profile_of(pl.Series(numbers)).quantiles(CURVE))
    # for the atom of zero among finer numbers the cell is as wide as the smallest doubles
    quantiles[np.abs(quantiles) < 1e-300] = 0.0
    low, high = (np.searchsorted(numbers, quantiles, side=side) / len(numbers) for side in ("left", "right"))
    assert np.maximum(low - CURVE, CURVE - high).max() < 0.005
    assert (np.diff(quantiles) >= 0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_are_within_their_cell(shape: str) -> None:
    numbers = SHAPES[shape](rng_of(8), 5_000)
    cells = LogHistogram.of(numbers)
    ranks = rng_of(9).random(200)
    exact = np.quantile(numbers, ranks, method="lower")
    assert (np.searchsorted(cells.lows, cells.quantiles(ranks), side="right") ==
            np.searchsorted(cells.lows, exact, side="right")).all()  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_are_the_finest_that_fit(seed: int) -> None:
    rng = rng_of(seed)
    numbers = rng.choice([-1, 1], 2_000) * 10.0 ** rng.uniform(-300, 300, 2_000)
    cells, keys = LogHistogram.of(numbers), keys_of(numbers)
    shift = next(shift for shift in range(64) if len(np.unique(keys >> shift)) <= MOST)
    different, counts = np.unique(keys >> shift, return_counts=True)
    assert cells.shift == shift
    np.testing.assert_array_equal(cells.keys, different)
    np.testing.assert_array_equal(cells.counts, counts)


def test_keys_are_in_the_order_of_numbers() -> None:
    numbers = np.sort(np.array([number for number in SPECIAL if np.isfinite(number)] + [1.0, -1.0, 1.5, 2.0]))
    keys = keys_of(numbers)
    np.testing.assert_array_equal(np.argsort(keys, kind="stable"), np.arange(len(keys)))
    np.testing.assert_array_equal(numbers_of(keys), numbers)
    assert keys_of(np.array([0.0]))[0] == keys_of(np.array([-0.0]))[0]


def test_up_to_512_numbers_are_kept_as_they_are() -> None:
    numbers = rng_of(10).normal(size=MOST)
    cells = LogHistogram.of(numbers)
    assert cells.shift == 0
    np.testing.assert_array_equal(cells.lows, np.sort(numbers))
    assert LogHistogram.of(np.append(numbers, 9.5)).shift > 0


def test_weights_count_like_repeats() -> None:
    rng = rng_of(11)
    numbers, weights = rng.lognormal(0, 1, 900), rng.integers(1, 5, 900)
    weighted, repeated = LogHistogram.of(numbers, weights), LogHistogram.of(np.repeat(numbers, weights))
    np.testing.assert_array_equal(weighted.keys, repeated.keys)
    np.testing.assert_array_equal(weighted.counts, repeated.counts)
    assert np.isnan(EMPTY.quantiles([0.5])).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_in_any_order_and_batches_give_the_same_cells(shape: str, seed: int) -> None:
    rng = rng_of(seed)
    numbers = SHAPES[shape](rng, 20_000)
    whole, cells = LogHistogram.of(numbers), EMPTY
    for part in np.split(numbers, np.sort(rng.integers(0, len(numbers), 4))):
        cells = cells.with_numbers(keys_of(rng.permutation(part)))
    assert cells.shift == whole.shift
    np.testing.assert_array_equal(cells.keys, whole.keys)
    np.testing.assert_array_equal(cells.counts, whole.counts)
