"""Tests baselines of every kind of value: correct, rounded without loss, valid in a definition."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from governance.authoring.baselines import BaselineInterval, NothingMeasured, of_intervals, of_profile, sketch
from reports.alerting import Limits
from reports.profiling import Profile, ProfileKind
from tests.support.dataflow.quality.monitored_feature import START, STEP, subject_of
from tests.support.generators.seeds import rng_of, seeds

EVERY = ("mean", "std_dev", "min", "max", "p50", "p99_9")


def profile(values: pl.Series, kind: ProfileKind = "number") -> Profile:
    made = Profile(kind, 0)
    made.add(values, [])
    return made


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
@pytest.mark.parametrize("seed", seeds(3))
def test_numbers_are_rounded_to_what_matters_and_bounds_still_bound(seed: int, scale: float) -> None:
    values = (rng_of(seed).normal(1_000.0, 1.0, 5_000)) * scale
    baseline = of_profile(profile(pl.Series(values)), EVERY).baseline
    std = values.std(ddof=1)
    assert tuple(baseline) == EVERY
    assert baseline["mean"] == pytest.approx(values.mean(), abs=std / 100)
    assert baseline["std_dev"] == pytest.approx(std, rel=0.01)
    assert baseline["min"] <= values.min() < baseline["min"] + std / 50
    assert baseline["max"] >= values.max() > baseline["max"] - std / 50
    assert baseline["p50"] == pytest.approx(np.median(values), abs=std / 20)
    steps = [value / 10.0 ** (math.floor(math.log10(std)) - 2) for value in baseline.values()]
    assert steps == pytest.approx([round(step) for step in steps], abs=1e-3)


def test_each_kind_has_its_usual_keys() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    times = pl.Series([day + timedelta(hours=hour) for hour in range(100)], dtype=pl.Datetime("ms", "UTC"))
    assert set(of_profile(profile(times, "time"), ()).baseline) == {"mean", "std_dev", "p95"}
    assert of_profile(profile(pl.Series([True, False, False, None]), "truth"), ()).baseline == {
        "true_ratio": 0.3333,
        "null_ratio": 0.25,
    }
    assert of_profile(profile(pl.Series(["a", "a", "b", None]), "text"), ()).baseline == {
        "null_ratio": 0.25,
        "unique_ratio": 0.6667,
    }
    lists = pl.Series([[1], [1, 2, 3]], dtype=pl.List(pl.Int64))
    assert of_profile(profile(lists, "length"), ("mean", "max")).baseline == {"mean": 2.0, "max": 3.0}


def test_values_that_are_all_the_same_have_no_spread() -> None:
    assert of_profile(profile(pl.Series([7.0] * 9)), EVERY).baseline.keys() == {"mean", "min", "max", "p50", "p99_9"}
    with pytest.raises(NothingMeasured, match="all of them are null"):
        of_profile(profile(pl.Series([None], dtype=pl.Float64)), ())


def intervals(parts: Sequence[np.ndarray]) -> list[BaselineInterval]:
    made = [
        BaselineInterval(START + n * STEP, START + (n + 1) * STEP, profile(pl.Series(v))) for n, v in enumerate(parts)
    ]
    for interval in made:
        interval.profile.note_oldest(interval.start_ms)
    return made


@pytest.mark.parametrize("seed", seeds(3))
def test_what_jumps_in_some_intervals_is_left_out(seed: int) -> None:
    rng = rng_of(seed)
    calm = [rng.normal(10.0, 1.0, 400) for _ in range(20)]
    measured = of_intervals(subject_of(), Limits(), intervals(calm), (), 0)
    assert (measured.intervals, measured.left_out) == (20, ())
    moved = [values + (5.0 if number in (10, 11, 12) else 0.0) for number, values in enumerate(calm)]
    measured = of_intervals(subject_of(), Limits(), intervals(moved), (), 0)
    assert {"mean", "p95"} & {omitted.key for omitted in measured.left_out}
    assert of_intervals(subject_of(), Limits(), intervals(moved), (), START + 13 * STEP).left_out == ()


def test_a_line_shows_the_shape() -> None:
    rng = np.random.default_rng(1)
    line = sketch(profile(pl.Series(rng.exponential(100.0, 10_000))), "DOUBLE")
    assert line.split()[1].startswith("█")
    assert line.split()[1].endswith("▁")
    assert sketch(profile(pl.Series([3.0, 3.0])), "DOUBLE") == "all 3"
    assert sketch(profile(pl.Series(["DE", "DE", "a\nb"]), "text"), "STRING").startswith("DE 67 %, a")
