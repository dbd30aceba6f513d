"""Thresholds of drift by simulation: chance is not over, half a deviation is; dependent rows count as fewer."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

from reports.drift.significance import CHANCE, SUPREMUM, Z, chi_square, chi_square_median, of_share
from tests.support.factories.drift_scores import Reals, against_baseline, against_reference, profile_of
from tests.support.generators.seeds import rng_of


def test_thresholds_are_what_chance_does() -> None:
    assert norm.sf(Z) * 2 == pytest.approx(0.001)
    assert chi_square(9) == pytest.approx(chi2.ppf(0.999, 9))
    assert chi_square_median(9) == pytest.approx(chi2.median(9))
    assert 2 * math.exp(-2 * SUPREMUM**2) == pytest.approx(0.001)
    scores = against_reference(np.arange(200.0), np.arange(1_000.0))
    assert scores["psi"].threshold == pytest.approx(chi2.ppf(0.999, 9) * (1 / 200 + 1 / 1_000))
    assert against_reference(np.arange(9_000.0), np.arange(99_000.0))["psi"].threshold == 0.1


@pytest.mark.parametrize("effect", [1.0, 7.0])
def test_dependent_rows_count_as_fewer(effect: float) -> None:
    rng = rng_of(11)
    now, then = rng.normal(0, 1, 300), rng.normal(0, 1, 900)
    once, often = against_reference(now, then), against_reference(now, then, effect=effect)
    assert often["psi"].threshold == pytest.approx(max(0.1, once["psi"].threshold * effect))
    mean = against_baseline(now, {"mean": 0.0, "std_dev": 1.0}, effect=effect)["mean_shift"]
    assert mean.threshold == pytest.approx(max(0.25, Z * max(now.std(ddof=1), 1.0) * math.sqrt(effect / 300)))


def test_what_a_mean_does_by_chance_is_reckoned_with_the_usual_deviation() -> None:
    now = rng_of(18).normal(0, 1, 300)
    std, noise = now.std(ddof=1), Z * math.sqrt(20 / 300)
    for baseline, deviation, threshold in (
        ({"mean": 0.0, "std_dev": 3.0}, 9.0, noise),
        ({"mean": 0.0, "std_dev": 0.5}, 9.0, noise * std / 0.5),
        ({"mean": 0.0}, 3.0, noise * 3.0 / std),
        ({"mean": 0.0}, 0.5, noise),
    ):
        shift = against_baseline(now, baseline, effect=20.0, deviation=deviation)["mean_shift"]
        assert shift.threshold == pytest.approx(threshold)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.5])
@pytest.mark.parametrize("n", [5, 11, 40])
def test_a_share_of_few_values_is_that_of_a_binomial(share: float, n: int) -> None:
    apart = of_share(share, 1 / n, effect=1e9)
    assert binom.sf(math.ceil(n * (share + apart)) - 1, n, share) <= CHANCE
    assert apart == pytest.approx(of_share(1 - share, 1 / n, effect=1e9))
    assert apart >= Z * math.sqrt(share * (1 - share) / n)


def test_a_share_of_many_values_is_that_of_a_normal() -> None:
    assert of_share(0.05, 1e-5) == pytest.approx(Z * math.sqrt(0.05 * 0.95e-5), rel=0.01)
    assert of_share(0.0, 1.0) == of_share(1.0, 1.0) == 0.0


def test_few_hot_entities_hardly_ever_pass_a_baseline() -> None:
    """Rows of forty entities, the hottest of them a quarter: by Kish's design effect eleven values of a long tail."""
    rng = rng_of(20)
    weights = 1 / np.arange(1, 41) / (1 / np.arange(1, 41)).sum()
    population = {"mean": math.exp(3.5), "std_dev": math.sqrt(math.e - 1) * math.exp(3.5), "p95": math.exp(3 + 1.645)}
    effect = 1 + 299 * (weights**2).sum()
    rows = [rng.lognormal(3, 1, 40)[rng.choice(40, 300, p=weights)] for _ in range(500)]
    looks = [against_baseline(values, population, effect=effect, tails=math.inf) for values in rows]
    for measure in ("mean_shift", "p95_share"):
        assert sum(scores[measure].over for scores in looks) <= 0.01 * len(looks)


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
