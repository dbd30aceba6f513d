"""Tests that values that follow the number of events through a day are no drift, and that other changes are."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from reports.alerting import SourceCourse
from tests.support.dataflow.quality.calm_days import day_and_night
from tests.support.dataflow.quality.monitored_feature import STEP, Course, subject_of
from tests.support.factories.definitions import HOUR
from tests.support.generators.seeds import fixed_seeds, rng_of

AN_HOUR = HOUR // STEP
USERS, AT_MOST = 1_000, 20.0
Counts = npt.NDArray[np.int64]


class Evening:
    """The numbers of events per user, some with many more than others, from two in the afternoon on."""

    def __init__(self, seed: int, **more: object) -> None:
        self.rng = rng_of(seed)
        self.course = Course(subject_of("INT64", **more))
        self._usual = self.rng.gamma(2, AT_MOST / 2, USERS)

    def many(self, intervals: int, change: Callable[[Counts], Counts] = lambda counts: counts) -> None:
        """Closes intervals; each receives the course of its source."""
        for _ in range(intervals):
            at_ms = self.course.start
            self.course.judge.take(SourceCourse("spend", "orders", at_ms + STEP, "fewer", moved=False), at_ms)
            self.course.close(change(self.rng.poisson(day_and_night(at_ms) * self._usual)))

    def status(self, since: int) -> set[str]:
        """Returns the statuses since an interval."""
        return {report.status for report in self.course.reports[since:]}


@pytest.fixture(params=fixed_seeds(3))
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.long
def test_values_that_fall_and_rise_with_the_events_are_judged_and_calm(seed: int) -> None:
    evening = Evening(seed)
    evening.many(22 * AN_HOUR)
    assert evening.course.told == []
    assert evening.status(AN_HOUR) <= {"ok", "pending"}


def test_without_ever_fewer_events_the_same_values_are_drift(seed: int) -> None:
    """Only a continuing course of the source raises thresholds."""
    evening = Evening(seed)
    evening.course.judge.take(SourceCourse("spend", "orders", 0, "long ago", moved=False), 0)
    for _ in range(10 * AN_HOUR):
        evening.course.close(evening.rng.poisson(day_and_night(evening.course.start) * AT_MOST, USERS))
    assert evening.course.told[0].rule == "drift"


@pytest.mark.parametrize("factor", [2.5, 0.4])
def test_a_change_in_the_evening_is_told_as_soon_as_at_noon_and_so_is_its_end(factor: float, seed: int) -> None:
    evening = Evening(seed)
    evening.many(6 * AN_HOUR)
    begun = evening.course.start
    evening.many(8, lambda counts: np.rint(counts * factor).astype(np.int64))
    evening.many(AN_HOUR)
    assert [alert.state for alert in evening.course.told] == ["firing", "resolved"]
    fired, over = evening.course.told
    assert fired.onset_ms == begun and fired.at_ms == begun + 3 * STEP
    assert over.at_ms <= begun + 2 * HOUR


def test_a_reference_that_was_learned_before_the_evening_moves_on_with_it(seed: int) -> None:
    """After a gap of an hour, values differ from the reference by the course of that hour."""
    evening = Evening(seed)
    evening.many(5 * AN_HOUR)
    for _ in range(AN_HOUR):
        evening.course.close([])
    evening.many(2 * AN_HOUR)
    assert evening.course.told == []


@pytest.mark.long
def test_a_baseline_knows_no_evening(seed: int) -> None:
    evening = Evening(seed, baseline={"mean": AT_MOST, "std_dev": AT_MOST})
    evening.many(14 * AN_HOUR)
    assert evening.course.told == [] and "muted" in evening.status(0)
    note = next(report.note for report in evening.course.reports if report.status == "muted")
    assert note == "not checked against fixed values: they follow the number of events; orders: fewer"
