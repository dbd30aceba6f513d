"""The reference: what it takes in, how it slides, and the design effect that its intervals tell."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import f

from reports.drift.reference_window import ReferenceWindow, design_effect
from reports.drift.significance import ESTIMATED, chi_square, margin
from reports.profiling.profile import Profile
from tests.support.factories.drift_scores import Reals, against_reference, profile_of
from tests.support.generators.seeds import rng_of


def test_the_design_effect_of_independent_rows_is_one() -> None:
    rng = rng_of(14)
    effects = [effect_of([rng.lognormal(0, 1, 500) for _ in range(12)]) for _ in range(30)]
    assert 1.0 <= np.mean(effects) < 1.3


@pytest.mark.parametrize("repeats", [5, 20])
def test_the_design_effect_of_repeated_rows_is_how_often_they_repeat(repeats: int) -> None:
    rng = rng_of(15)
    effects = [effect_of([np.repeat(rng.normal(0, 1, 200), repeats) for _ in range(12)]) for _ in range(30)]
    assert np.mean(effects) == pytest.approx(repeats, rel=0.2)


def test_an_estimated_design_effect_makes_chi_square_an_f() -> None:
    threshold = margin(9, 27) * chi_square(9) / 9
    assert threshold == pytest.approx(f.ppf(1 - ESTIMATED, 9, 27))
    assert margin(9, 108) == 1.0


def test_a_design_effect_of_four_intervals_of_truths_is_not_trusted() -> None:
    """One degree of freedom an interval: without a margin every tenth look would be over."""
    rng = rng_of(19)
    over = 0
    for _ in range(300):
        now, *earlier = (profile_of(np.repeat(rng.random(30) < 0.5, 10), "truth") for _ in range(5))
        total = Profile("truth", rules=0)
        for profile in earlier:
            total.merge(profile)
        over += against_reference(now, total, "truth", design_effect(earlier, total))["psi"].over
    assert over <= 0.01 * 300


def test_one_odd_interval_does_not_widen_thresholds() -> None:
    rng = rng_of(16)
    calm = [rng.normal(0, 1, 500) for _ in range(11)]
    assert effect_of([*calm, rng.normal(3, 1, 500)]) < 6  # the mean would say some hundred


def effect_of(intervals: Sequence[Reals]) -> float:
    profiles = [profile_of(interval) for interval in intervals]
    total = Profile("number", rules=0)
    for profile in profiles:
        total.merge(profile)
    return design_effect(profiles, total)


def test_a_reference_slides_and_leaves_the_newest_out() -> None:
    reference = ReferenceWindow("number", length=4)
    for interval in range(10):
        reference.admit(profile_of([float(interval)]))
        expected = list(range(max(0, interval - 4), interval))
        assert reference.profile.cells.lows.tolist() == expected and reference.intervals == len(expected)
        assert reference.ready == (len(expected) >= 3)
    again = ReferenceWindow("number", length=4)
    again.restore(reference.blocks())
    assert again.profile.dump() == reference.profile.dump() and again.intervals == 4
    again.admit(profile_of([10.0]))
    assert again.profile.cells.lows.tolist() == [6, 7, 8, 9]


def test_a_long_reference_takes_bounded_room() -> None:
    reference = ReferenceWindow("number", length=100)
    for interval in range(300):
        reference.admit(profile_of([float(interval)]))
    assert len(reference.blocks()) <= 26
    assert 100 <= reference.intervals < 110 and reference.profile.high == 298.0


def test_a_long_reference_knows_its_design_effect_from_the_beginning() -> None:
    rng = rng_of(21)
    long, short = ReferenceWindow("number", length=100), ReferenceWindow("number", length=12)
    for _ in range(5):
        interval = profile_of(np.repeat(rng.normal(0, 1, 50), 10))
        long.admit(interval)
        short.admit(interval)
        assert long.ready == short.ready and long.effect == short.effect
    assert long.ready and long.effect > 5
