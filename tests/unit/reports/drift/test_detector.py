"""Tests every measure of drift against scipy and numpy, and when it abstains."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, kurtosis, wasserstein_distance

from reports.drift.bins import compared, shares_of
from reports.drift.detector import AGAINST_BASELINE, AGAINST_REFERENCE
from reports.drift.reference_window import new_share
from tests.support.factories.quality.drift_scores import (
    MIN_ROWS,
    Reals,
    against_baseline,
    against_reference,
    profile_of,
    texts,
)
from tests.support.generators.seeds import rng_of, seeds


def pair(rng: np.random.Generator) -> tuple[Reals, Reals]:
    return rng.lognormal(0.3, 1.1, 900), rng.lognormal(0, 1, 7_000)


def binned(now: Reals, then: Reals) -> tuple[Reals, Reals]:
    """Returns the shares between the chosen edges, by numpy."""
    edges = np.array(compared(profile_of(now), profile_of(then)).edges)
    bins = [np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1) for side in (now, then)]
    return bins[0] / len(now), bins[1] / len(then)


def psi_oracle(now: Reals, then: Reals) -> float:
    ours, theirs = binned(now, then)
    return float(sum((p - q) * math.log(p / q) for p, q in zip(ours, theirs, strict=True)))


def clipped_w1(now: Reals, then: Reals) -> float:
    low, high = np.quantile(then, [0.005, 0.995])
    ours, theirs = np.clip(now, low, high), np.clip(then, low, high)
    return float(wasserstein_distance(ours, theirs) / theirs.std())


REFERENCE_ORACLES: dict[str, Callable[[Reals, Reals], float]] = {
    "psi": psi_oracle,
    "js": lambda now, then: float(jensenshannon(*binned(now, then), base=2)),
    "ks": lambda now, then: float(ks_2samp(now, then).statistic),
    "w1": clipped_w1,
}
BASELINE = {"mean": 1.4, "std_dev": 2.0, "p95": 5.0, "p50": 1.1, "p99_9": 22.0, "min": 0.1, "max": 12.0}
BASELINE_ORACLES: dict[str, Callable[[Reals], float]] = {
    "mean_shift": lambda x: abs(x.mean() - 1.4) / 2.0,
    "std_ratio": lambda x: abs(math.log(x.std(ddof=1) / 2.0)),
    "p95_share": lambda x: abs((x > 5.0).mean() - 0.05),
    "p50_share": lambda x: abs((x > 1.1).mean() - 0.5),
    "p99_9_share": lambda x: abs((x > 22.0).mean() - 0.001),
    "min_share": lambda x: float((x < 0.1).mean()),
    "max_share": lambda x: float((x > 12.0).mean()),
}


@pytest.mark.parametrize("measure", REFERENCE_ORACLES)
@pytest.mark.parametrize("seed", seeds(3))
def test_distances_of_numbers_are_those_of_scipy(measure: str, seed: int) -> None:
    now, then = pair(rng_of(seed))
    expected = REFERENCE_ORACLES[measure](now, then)
    assert against_reference(now, then)[measure].score == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("measure", REFERENCE_ORACLES)
def test_distances_of_few_different_numbers_are_exact(measure: str) -> None:
    rng = rng_of(3)
    now, then = rng.poisson(5, 800).astype(np.float64), rng.poisson(4, 6_000).astype(np.float64)
    if measure == "w1":
        low, high = profile_of(then).cells.quantiles([0.005, 0.995])
        ours, theirs = np.clip(now, low, high), np.clip(then, low, high)
        expected = wasserstein_distance(ours, theirs) / theirs.std()
    else:
        expected = REFERENCE_ORACLES[measure](now, then)
    assert against_reference(now, then)[measure].score == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("measure", BASELINE_ORACLES)
@pytest.mark.parametrize("seed", seeds(3))
def test_scores_against_a_baseline_are_those_of_numpy(measure: str, seed: int) -> None:
    numbers = rng_of(seed).lognormal(0, 0.6, 3_000)
    score = against_baseline(numbers, BASELINE)[measure]
    # shares are as exact as the cells that contain the number
    assert score.score == pytest.approx(BASELINE_ORACLES[measure](numbers), rel=1e-9, abs=0.008)
    assert score.over == (score.score > score.threshold) and score.n == 3_000


def test_ratios_against_a_baseline() -> None:
    numbers = pl.Series([*range(600), *[None] * 400], dtype=pl.Float64)
    scores = against_baseline(numbers, {"null_ratio": 0.1, "unique_ratio": 0.5})
    assert scores["null_ratio"].score == pytest.approx(0.3) and scores["null_ratio"].n == 1_000
    assert scores["unique_ratio"].score == pytest.approx(0.5, abs=0.03)
    truths = against_baseline([True] * 100 + [False] * 300, {"true_ratio": 0.1}, "truth")
    assert truths["true_ratio"].score == pytest.approx(0.15) and truths["true_ratio"].over


def test_ties_at_a_quantile_are_no_drift() -> None:
    zeros = [0.0] * 950 + [1.0] * 50
    scores = against_baseline(zeros, {"p95": 0.0, "p99": 1.0, "p50": 0.0})
    assert {name: score.score for name, score in scores.items()} == pytest.approx(
        {"p95_share": 0.0, "p99_share": 0.0, "p50_share": 0.0}, abs=1e-12
    )
    assert against_baseline([1.0] * 200 + zeros[:800], {"p95": 0.0})["p95_share"].over


def test_distances_of_categories_are_those_of_scipy() -> None:
    rng = rng_of(5)
    now, then = texts(rng, 900, [0.5, 0.3, 0.2]), texts(rng, 6_000, [0.4, 0.4, 0.2])
    names = sorted(set(then))
    ours, theirs = (np.array([side.count(name) for name in names]) / len(side) for side in (now, then))
    scores = against_reference(now, then, "text")
    assert scores["l_infinity"].score == pytest.approx(np.abs(ours - theirs).max())
    assert scores["psi"].score == pytest.approx(((ours - theirs) * np.log(ours / theirs)).sum(), rel=0.01)
    assert scores["js"].score == pytest.approx(jensenshannon(ours, theirs, base=2), rel=0.01)
    assert scores["new_share"].score == 0.0


def test_new_categories_are_seen_and_long_tails_are_expected() -> None:
    rng = rng_of(6)
    known = texts(rng, 5_000, [0.5, 0.3, 0.2])
    fresh = against_reference([*known[:900], *["brand new"] * 100], known, "text")["new_share"]
    assert fresh.score == pytest.approx(0.1) and fresh.over
    now, *earlier = ([f"t{number}" for number in rng.zipf(1.8, 1_000)] for _ in range(6))
    then = [text for interval in earlier for text in interval]
    usual = new_share([profile_of(interval, "text") for interval in earlier], profile_of(then, "text"))
    alone = [text for interval in earlier for text in interval if sum(text in sample for sample in earlier) == 1]
    assert usual == len(alone) / len(then)
    assert not against_reference(now, then, "text", new=usual)["new_share"].over
    assert against_reference(now, then, "text")["new_share"].over
    many = [f"u{number}" for number in rng.integers(0, 10**6, 6_000)]
    assert "new_share" not in against_reference(many[:1_000], many[1_000:], "text")


def test_a_null_burst_is_over_against_the_reference_even_without_any_value() -> None:
    then = pl.Series([1.0] * 3_000)
    scores = against_reference(pl.Series([None] * 500, dtype=pl.Float64), then)
    assert list(scores) == ["null_ratio"] and scores["null_ratio"].over and scores["null_ratio"].score == 1.0


@pytest.mark.parametrize("rows", [200, 1_000])
def test_a_fifth_of_nulls_is_over(rows: int) -> None:
    now = pl.Series([None] * (rows // 5) + [1.0] * (rows - rows // 5), dtype=pl.Float64)
    assert against_reference(now, pl.Series([1.0] * 12 * rows))["null_ratio"].over


def test_bins_are_about_deciles_and_say_where_it_moved() -> None:
    rng = rng_of(7)
    then = rng.normal(0, 1, 10_000)
    bins = compared(profile_of(rng.normal(1, 1, 1_000)), profile_of(then))
    assert len(bins.edges) == 9 and len(bins.counts) == len(bins.reference) == len(bins.psi) == 10
    assert all(800 < count < 1_200 for count in bins.reference) and sum(bins.counts) == 1_000
    assert all(low < high for low, high in pairwise(bins.edges))
    assert max(bins.psi) == bins.psi[9]
    np.testing.assert_array_equal(bins.reference, np.histogram(then, [-np.inf, *bins.edges, np.inf])[0])


def test_bins_of_texts_are_the_frequent_ones_and_all_others() -> None:
    now = [f"c{number}" for number in range(20)]
    then = [f"c{number}" for number in range(20) for _ in range(40 - number)]
    bins = compared(profile_of(now, "text"), profile_of(then, "text"))
    assert bins.labels == (*(f"c{number}" for number in range(10)), "other")
    assert bins.counts == (*[1] * 10, 10) and bins.reference == (*range(40, 30, -1), sum(range(21, 31)))


def test_an_empty_bin_is_not_infinitely_far() -> None:
    ours, theirs = shares_of([100, 0, 0], [900, 100, 0])
    assert (ours > 0).all() and (theirs > 0).all()
    assert ours.sum() == pytest.approx(1) and ours[2] / theirs[2] == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("values", [[7.0] * 500, [0.0] * 500, [1.7e308, -1.7e308] * 250, [5e-324] * 500])
def test_odd_numbers_have_no_distance_to_themselves(values: list[float]) -> None:
    for score in against_reference(values, values).values():
        assert score.score == pytest.approx(0.0, abs=1e-12) and not score.over
    for score in against_baseline(values, {"mean": 0.0, "std_dev": 1.0, "p95": 0.0}).values():
        assert math.isfinite(score.score)


def test_few_rows_are_not_judged() -> None:
    few, many = rng_of(8).normal(9, 1, MIN_ROWS - 1), rng_of(9).normal(0, 1, 5_000)
    assert not against_reference(few, many) and not against_reference(many, few)
    assert not against_baseline(few, BASELINE)
    assert against_reference(np.append(few, 9.0), many)["psi"].over


def test_heavy_tails_have_no_std_ratio() -> None:
    light, heavy = rng_of(10).normal(1, 2, 2_000), rng_of(10).standard_t(2, 2_000)
    assert profile_of(light).kurtosis == pytest.approx(kurtosis(light, fisher=False), rel=0.02)
    assert "std_ratio" in against_baseline(light, BASELINE)
    assert "std_ratio" not in against_baseline(heavy, BASELINE)
    assert "std_ratio" not in against_baseline(light, BASELINE, tails=math.inf)


def test_only_what_a_kind_has_is_scored() -> None:
    times = pl.Series(np.arange(500) * 10**6).cast(pl.Datetime("ms", "UTC"))
    assert set(against_reference(times, times, "time")) == {"null_ratio"}
    truths = [True, False] * 200
    assert set(against_reference(truths, truths, "truth")) == {"psi", "js", "l_infinity", "null_ratio"}
    assert not against_baseline(truths, {"mean": 3.0}, "truth")


def test_every_measure_has_an_oracle() -> None:
    shown = {score for measures in (REFERENCE_ORACLES, BASELINE_ORACLES) for score in measures}
    others = {"null_ratio", "true_ratio", "unique_ratio", "l_infinity", "new_share"}
    numbers, words = rng_of(17).normal(1, 2, 500), ["a", "b"] * 250
    all_keys = BASELINE | {"null_ratio": 0.0, "unique_ratio": 1.0, "true_ratio": 0.5}
    measures = set(against_reference(numbers, numbers)) | set(against_reference(words, words, "text"))
    measures |= set(against_baseline(numbers, all_keys)) | set(against_baseline([True] * 300, all_keys, "truth"))
    assert measures == shown | others
    assert len(AGAINST_BASELINE) + len(AGAINST_REFERENCE) == 14
