"""Tests the detection of a slow rise or fall in the number of events since the last step."""

import pytest

from reports.alerting.sources.volume_course import KEPT, VolumeCourse
from tests.support.dataflow.quality.calm_days import day_and_night
from tests.support.dataflow.quality.monitored_feature import START, STEP
from tests.support.factories.definitions import HOUR
from tests.support.generators.seeds import fixed_seeds, rng_of

AN_HOUR = HOUR // STEP


def counted(seed: int, rates: list[float]) -> list[str]:
    """Returns the slope in words after each interval."""
    rng, course, said = rng_of(seed), VolumeCourse(), []
    for place, rate in enumerate(rates):
        course.note(START + place * STEP, START + (place + 1) * STEP, int(rng.poisson(rate)), silent_ms=0)
        said.append(course.slope)
    assert len(course.counts) <= KEPT
    return said


def of_day(hours: int, events: float = 6_000.0) -> list[float]:
    return [events * day_and_night(START + place * STEP) for place in range(hours * AN_HOUR)]


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_steady_source_has_no_course(seed: int) -> None:
    assert not any(counted(seed, [3_000.0] * 120))


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_an_evening_has_one_in_every_interval(seed: int) -> None:
    said = counted(seed, of_day(14))
    assert all(said[5 * AN_HOUR :])


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_step_is_none_and_ends_none_that_goes_on_after_it(seed: int) -> None:
    steady = counted(seed, [3_000.0] * 24 + [1_500.0] * 96)
    assert not any(steady[30:])
    halved = [rate / 2 if place >= 6 * AN_HOUR else rate for place, rate in enumerate(of_day(10))]
    assert all(counted(seed, halved)[8 * AN_HOUR :])


def test_intervals_without_events_at_an_end_are_left_out() -> None:
    course = VolumeCourse()
    for place in range(24):
        course.note(place * STEP, (place + 1) * STEP, 6_000 - 100 * place, silent_ms=0)
    slope, counts = course.slope, list(course.counts)
    course.note(24 * STEP, 25 * STEP, 900, silent_ms=STEP // 2)
    course.note(25 * STEP, 26 * STEP, 0, silent_ms=STEP)
    course.note(26 * STEP, 27 * STEP, 900, silent_ms=0)
    assert slope and course.slope == slope and course.counts == counts
    course.note(27 * STEP, 28 * STEP, 3_600, silent_ms=0)
    assert len(course.counts) == 25


def test_a_step_that_has_left_the_window_is_no_slope() -> None:
    """Whichever interval is the oldest."""
    course = VolumeCourse()
    for place in range(24 + 2 * KEPT):
        course.note(place * STEP, (place + 1) * STEP, 3_000 if place < 24 else 1_600, silent_ms=0)
        assert place < 30 or not course.slope
