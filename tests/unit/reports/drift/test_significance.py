"""Tests thresholds of drift by simulation: chance stays below, half a deviation exceeds them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

from reports.drift.significance import CHANCE, SUPREMUM, Z, chi_square, of_share
from tests.support.factories.quality.drift_scores import Reals, against_baseline, against_reference, profile_of
from tests.support.generators.seeds import rng_of


def test_thresholds_are_what_chance_does() -> None:
    assert norm.sf(Z) * 2 == pytest.approx(0.001)
    assert chi_square(9) == pytest.approx(chi2.ppf(0.999, 9))
    assert 2 * math.exp(-2 * SUPREMUM**2) == pytest.approx(0.001)
    scores = against_reference(np.arange(200.0), np.arange(1_000.0))
    assert scores["psi"].threshold == pytest.approx(chi2.ppf(0.999, 9) * (1 / 200 + 1 / 1_000))
    assert against_reference(np.arange(9_000.0), np.arange(99_000.0))["psi"].threshold == 0.1


def test_what_a_mean_does_by_chance_is_reckoned_with_the_usual_deviation() -> None:
    now = rng_of(18).normal(0, 1, 300)
    std, noise = now.std(ddof=1), Z * math.sqrt(1 / 300)
    for baseline, deviation, threshold in (
        ({"mean": 0.0, "std_dev": 3.0}, 9.0, 0.25),
        ({"mean": 0.0, "std_dev": 0.5}, 9.0, noise * std / 0.5),
        ({"mean": 0.0}, 3.0, noise * 3.0 / std),
        ({"mean": 0.0}, 0.5, 0.25),
    ):
        shift = against_baseline(now, baseline, deviation=deviation)["mean_shift"]
        assert shift.threshold == pytest.approx(threshold)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.5])
@pytest.mark.parametrize("n", [5, 11, 40])
def test_a_share_of_few_values_is_that_of_a_binomial(share: float, n: int) -> None:
    apart = of_share(share, 1 / n)
    assert binom.sf(math.floor(n * (share + apart) + 1e-6), n, share) <= CHANCE
    assert apart == pytest.approx(of_share(1 - share, 1 / n))
    assert apart >= Z * math.sqrt(share * (1 - share) / n)


def test_a_share_of_many_values_is_that_of_a_normal() -> None:
    assert of_share(0.05, 1e-5) == pytest.approx(Z * math.sqrt(0.05 * 0.95e-5), rel=0.01)
    assert of_share(0.0, 1.0) == of_share(1.0, 1.0) == 0.0


DRAWS: dict[str, Callable[[np.random.Generator, int], Reals]] = {
    "normal": lambda rng, n: rng.normal(100, 15, n),
    "long tail": lambda rng, n: rng.lognormal(3, 1.5, n),
    "heavy": lambda rng, n: rng.standard_t(2, n),
    "counts": lambda rng, n: rng.poisson(2, n).astype(np.float64),
    "mostly zero": lambda rng, n: np.where(rng.random(n) < 0.8, 0.0, rng.lognormal(3, 1, n)),
}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("n", [200, 1_000])
def test_without_drift_scores_are_hardly_ever_over(draw: str, n: int) -> None:
    rng = rng_of(12)
    then = profile_of(DRAWS[draw](rng, 12 * n))
    looks = [score for _ in range(100) for score in against_reference(DRAWS[draw](rng, n), then).values()]
    assert sum(score.over for score in looks) <= 0.01 * len(looks)


@pytest.mark.parametrize("draw", ["normal", "counts"])
def test_half_a_deviation_is_seen(draw: str) -> None:
    rng = rng_of(13)
    then = DRAWS[draw](rng, 12_000)
    shift, before = then.std() / 2, profile_of(then)
    looks = [against_reference(DRAWS[draw](rng, 1_000) + shift, before) for _ in range(20)]
    assert all(scores["ks"].over and scores["w1"].over for scores in looks)
