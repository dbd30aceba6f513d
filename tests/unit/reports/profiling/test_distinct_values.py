"""Tests the number of distinct values and the most frequent ones, against numpy and polars."""

import numpy as np
import polars as pl
import pytest

from reports.profiling.frequent_items import LONGEST
from reports.profiling.histogram import MOST
from reports.profiling.hyperloglog import estimate, registers
from reports.profiling.summary import summary_of
from tests.support.factories.quality.profiles import SEEDS, cut, merged, profile_of, series_of
from tests.support.generators.seeds import rng_of


@pytest.mark.parametrize("many", [0, 1, 7, 100, 512, 513, 5_000, 60_000, 400_000])
def test_different_numbers_are_counted(many: int) -> None:
    values = pl.Series(np.arange(many) * 0.1, dtype=pl.Float64)
    distinct = profile_of(pl.concat([values, values])).distinct
    assert distinct == many if many <= MOST else abs(distinct / many - 1) < 0.05


def test_different_integers_beyond_the_precision_of_doubles_are_counted() -> None:
    assert abs(profile_of(pl.Series(2**60 + np.arange(3_000))).distinct / 3_000 - 1) < 0.05
    assert round(profile_of(pl.Series([2**60, 2**60 + 1, 2**60 + 2])).distinct) == 3


@pytest.mark.parametrize("many", [0, 3, 700, 5_000, 60_000])
def test_different_texts_are_counted(many: int) -> None:
    values = pl.Series([f"user{number}" for number in range(many)] * 2, dtype=pl.String)
    distinct = profile_of(values, "text").distinct
    assert distinct == many if many <= 700 else abs(distinct / many - 1) < 0.05


def test_registers_estimate_with_the_error_they_promise() -> None:
    errors = []
    for seed in range(40):
        words = rng_of(seed).integers(0, 2**63, 20_000)
        errors.append(profile_of(pl.Series(words)).distinct / len(np.unique(words)) - 1)
    assert abs(np.mean(errors)) < 0.01 and np.std(errors) < 0.025
    assert estimate(registers()) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_top_values_are_those_of_polars(seed: int) -> None:
    values = series_of(rng_of(seed), "text", 4_000)
    counts = values.drop_nulls().value_counts(sort=True)
    expected = sorted(counts.iter_rows(), key=lambda row: (-row[1], row[0]))[:10]
    assert [(top.value, top.count) for top in summary_of(profile_of(values, "text")).top] == expected


def test_top_values_of_very_many_are_never_counted_too_low() -> None:
    rng = rng_of(12)
    texts = [f"t{min(int(number), 10**6)}" for number in rng.zipf(1.3, 40_000)]
    profile = merged([profile_of(part, "text") for part in cut(pl.Series(texts), rng)], rng)
    exact = pl.Series(texts).value_counts(sort=True).rows()
    assert not profile.tops.exact and profile.tops.n == 40_000
    for value, count in exact[:5]:
        assert count <= profile.tops.counts()[value] <= count + 0.0034 * 40_000


def test_a_text_of_any_length_takes_bounded_room() -> None:
    profile = profile_of(pl.Series(["x" * 100_000 + "1", "x" * 100_000 + "2", "y"]), "text")
    assert len(profile.dump()) < 3_000
    assert summary_of(profile).top[0].value == "x" * LONGEST and summary_of(profile).top[0].count == 2
    assert round(profile.distinct) == 3
