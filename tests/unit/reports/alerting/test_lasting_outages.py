"""Tests outages longer than the wait for drift: an outage is never learned, a new level is, and a note says so."""

import numpy as np
import numpy.typing as npt
import pytest

from reports.alerting import FeatureLineage, FeatureMonitor, Lineage, SourceLineage, SourceTrouble
from reports.alerting.incidents import Conclusion, ConclusionRules
from reports.incidents import Incident
from reports.records import Alert, FeatureReport
from tests.support.dataflow.quality.monitored_feature import LIMITS, START, STEP, Course, normals, subject_of
from tests.support.generators.seeds import rng_of

LONG = LIMITS.freeze + 30


def shifted(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    return rng.normal(160, 15, 1_000)


def troubled(course: Course, onset_ms: int) -> None:
    """Reports trouble of its source, as happens every few seconds."""
    course.judge.take(SourceTrouble("spend", "orders", onset_ms, course.start + STEP), course.start)


def test_what_an_outage_leaves_is_not_learned_however_long_it_lasts() -> None:
    rng = rng_of(31)
    course = Course(subject_of())
    course.many(normals(rng), 15)
    before = course.reports[-1].reference
    onset_ms = course.start
    for interval in range(LONG):
        troubled(course, onset_ms)
        course.close(shifted(rng))
        if interval % 20 == 7:
            course.judge.load(course.judge.dump())
    assert course.reports[-1].reference is not None and before is not None
    assert course.reports[-1].reference.mean == pytest.approx(before.mean, rel=0.01)
    calm = course.many(normals(rng), 4)
    assert calm.status == "ok" and calm.reference is not None
    assert calm.reference.mean == pytest.approx(100, rel=0.02)


def test_other_features_learn_on_and_an_outage_that_is_over_holds_nothing() -> None:
    rng = rng_of(32)
    course = Course(subject_of())
    course.many(normals(rng), 15)
    troubled(course, course.start)
    course.many(normals(rng), 3)
    course.many(lambda: shifted(rng), LONG)
    reference = course.reports[-1].reference
    assert reference is not None and reference.mean == pytest.approx(160, rel=0.02)


def concluded(course: Course) -> tuple[list[Incident], list[Alert]]:
    """Returns the incidents and alerts concluded from the closed reports of a course."""
    lineage = Lineage(
        {"spend": FeatureLineage("risk@example.com", {"orders": frozenset({"amount"})}, STEP)},
        {"orders": SourceLineage("raw-orders")},
    )
    conclusion, incidents, alerts = Conclusion(lineage, ConclusionRules(STEP, live=False)), [], []
    for report in course.reports:
        conclusion.hear_interval([], {"spend": report.alerts}, report.end_ms)
        for told in conclusion.drain():
            incidents += [told] if isinstance(told, Incident) else []
            alerts += [told] if isinstance(told, Alert) else []
    return incidents, alerts


def test_an_incident_says_that_the_new_level_counts_as_usual() -> None:
    rng = rng_of(33)
    course = Course(subject_of())
    course.many(normals(rng), 15)
    course.many(lambda: shifted(rng), LONG)
    assert course.states == [("drift", course.told[0].detail, "firing"), ("drift", course.told[0].detail, "resolved")]
    adopting = [report for report in course.reports if any(alert.adopted_ms for alert in report.alerts)]
    since = START + (15 + LIMITS.freeze) * STEP
    (adopted_ms,) = {alert.adopted_ms for report in adopting for alert in report.alerts}
    assert adopted_ms == pytest.approx(since, abs=3 * STEP)
    incidents, alerts = concluded(course)
    assert [alert.state for alert in alerts] == ["firing", "resolved"]
    assert "; the reference has taken the new level since " in alerts[1].summary
    assert "the new level" not in alerts[0].summary and "the new level" not in incidents[0].headline
    last = incidents[-1]
    assert last.state == "resolved" and "; the reference has taken the new level since " in last.headline
    assert last.symptoms[0].adopted_ms == adopted_ms


def test_an_incident_whose_values_come_back_says_nothing_of_a_new_level() -> None:
    rng = rng_of(34)
    course = Course(subject_of())
    course.many(normals(rng), 15)
    course.many(lambda: shifted(rng), 10)
    course.many(normals(rng), 10)
    incidents, alerts = concluded(course)
    assert [alert.state for alert in alerts] == ["firing", "resolved"]
    assert "new level" not in alerts[1].summary + incidents[-1].headline


def test_a_feature_that_fails_still_says_what_fires() -> None:
    rng = rng_of(35)
    course = Course(subject_of())
    course.many(normals(rng), 15)
    course.many(lambda: shifted(rng), LIMITS.freeze + 7)
    monitor: FeatureMonitor = course.judge
    (failed,) = monitor.failed(course.start, course.start + STEP, "no memory")
    assert isinstance(failed, FeatureReport) and failed.alerts[0].adopted_ms is not None
