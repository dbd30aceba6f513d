"""Tests that quantiles of numbers read in pieces equal numpy's, to the last bit of its neighbours."""

import numpy as np
import pytest

from governance.changes.comparison.measures.order_statistics import quantiles
from tests.support.generators.seeds import rng_of, seeds

SHARES = [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0]


@pytest.mark.parametrize("seed", seeds())
def test_quantiles_are_those_of_numpy(seed: int) -> None:
    rng = rng_of(seed)
    shapes = (rng.normal(size=500), rng.integers(-3, 3, 500) * 1.0, 10.0 ** rng.uniform(-300, 300, 500))
    numbers = np.concatenate([shape * sign for shape in shapes for sign in (1, -1)])[: int(rng.integers(1, 3_000))]
    rng.shuffle(numbers)
    pieces = np.array_split(numbers, int(rng.integers(1, 9)))
    computed = quantiles(lambda: pieces, len(numbers), SHARES)
    np.testing.assert_allclose(computed, np.quantile(numbers, SHARES), rtol=1e-12, atol=0)


def test_zeros_of_both_signs_and_the_largest_doubles() -> None:
    largest = float(np.finfo(np.float64).max)
    numbers = np.array([largest, -largest, 0.0, -0.0, 5e-324])
    assert quantiles(lambda: [numbers], 5, [0.0, 0.25, 0.5, 0.75, 1.0]) == [-largest, 0.0, 0.0, 5e-324, largest]


def test_one_number_is_all_quantiles() -> None:
    assert quantiles(lambda: [np.array([7.0]), np.empty(0)], 1, SHARES) == [7.0] * len(SHARES)
