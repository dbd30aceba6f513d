"""Tests values that grow by a percent in each interval: told against what does not move, however wide they spread."""

import numpy as np
import pytest

from tests.support.dataflow.quality.monitored_feature import START, STEP, Course, subject_of
from tests.support.generators.seeds import fixed_seeds

CALM = 20
"""Intervals before values begin to grow."""
SPREAD = 80.0
"""Standard deviation of values with a mean of 100."""


def crept(course: Course, seed: int, intervals: int, spread: float) -> int | None:
    """Returns how many intervals after the beginning the first alert fired, None if none did."""
    rng = np.random.default_rng(seed)
    for place in range(CALM + intervals):
        level = 1.01 ** max(0, place - CALM)
        course.close(rng.normal(100, spread, 2_000) * level)
        if course.told:
            return (course.told[0].at_ms - START) // STEP - CALM
    return None


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_creeping_drift_is_told_against_the_baseline(seed: int) -> None:
    """The reference moves along with values that spread this much, and learns the drift."""
    baseline = {"mean": 100.0, "std_dev": SPREAD}
    fired = crept(Course(subject_of(baseline=baseline)), seed, 60, SPREAD)
    assert fired is not None and fired <= 40


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_creeping_drift_of_narrow_values_is_told_against_earlier_intervals(seed: int) -> None:
    fired = crept(Course(subject_of()), seed, 30, 20.0)
    assert fired is not None and 3 <= fired <= 15
