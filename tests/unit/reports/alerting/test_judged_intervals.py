"""Tests which intervals of a feature are judged: not those with few rows, of a backlog, or of an incomplete window."""

import pytest

from reports.alerting.features.feature_monitor import JudgedRule
from tests.support.dataflow.quality.monitored_feature import STEP, Course, normals, subject_of
from tests.support.generators.seeds import rng_of


def test_too_few_rows_are_said_and_not_judged() -> None:
    rng = rng_of(7)
    course = Course(subject_of(baseline={"mean": 0.0, "std_dev": 1.0}))
    report = course.many(normals(rng, 100, 199), 9)
    assert report.status == "too_few_rows" and not report.scores and not course.told
    assert report.note == "only 199 rows with a value; drift detection needs 200"


@pytest.mark.parametrize(
    ("window_ms", "note"),
    [
        (3 * STEP, "has seen 7.5 min of its window of 15 min"),
        (0, "has counted for 7.5 min, but not since the first event of a lifetime"),
    ],
)
def test_a_feature_warms_up_as_its_rows_say(window_ms: int, note: str) -> None:
    """Independent of what the monitor has seen: the state behind the rows knows how much of a window is covered."""
    rng = rng_of(8)
    course = Course(subject_of(window_ms=window_ms, baseline={"mean": 100.0, "std_dev": 15.0}))
    assert course.close(normals(rng)()).scores
    warming = course.profile(normals(rng)(), warming=1_000)
    warming.note_since(course.start - STEP // 2)
    report = course.close_with(warming)
    assert (report.status, report.note, report.scores) == ("warming_up", note, ())
    assert course.close(normals(rng)()).scores


def test_a_state_that_history_has_filled_is_judged_at_once() -> None:
    rng = rng_of(11)
    course = Course(subject_of(window_ms=30 * 24 * 12 * STEP, baseline={"mean": 100.0, "std_dev": 15.0}))
    assert course.close(normals(rng)()).status == "ok" and course.reports[0].scores


@pytest.mark.parametrize(("past", "learned"), [(101, False), (100, True)])
def test_intervals_of_a_backlog_are_no_reference(past: int, learned: bool) -> None:
    """A tenth of rows from long before does not matter: devices are offline for hours, and reconnect."""
    rng = rng_of(12)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    for _ in range(5):
        profile = course.profile(normals(rng, 50)())
        profile.note_past(past)
        course.close_with(profile)
    reference = course.reports[-1].reference
    assert (reference is not None) == learned
    if not learned:
        assert course.many(normals(rng), 3).reference is None
        reference = course.many(normals(rng), 9).reference
        assert reference is not None and reference.mean is not None and abs(reference.mean - 100) < 2


def test_intervals_of_a_backlog_are_shown_and_not_judged() -> None:
    """All entities active in weeks are in one interval: neither their values nor their rules describe the present."""
    rng = rng_of(13)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}), [JudgedRule("max_age 30d")])
    for _ in range(6):
        profile = course.profile(normals(rng, 50)(), broken=[500])
        profile.note_past(980)
        report = course.close_with(profile)
        assert report.summary.rows == 1_000 and report.scores == () and report.rules[0].violations == 500
    assert course.statuses() == ["muted"] and not course.told
    note = "not checked while a backlog is read: 98 % of rows held long before this interval"
    assert course.reports[-1].note == note
    assert course.close(normals(rng)()).status == "ok"


def test_a_backlog_amid_an_incident_neither_ends_nor_prolongs_it() -> None:
    rng = rng_of(14)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    course.many(normals(rng, 130), 3)
    for _ in range(4):
        profile = course.profile(normals(rng)())
        profile.note_past(1_000)
        assert course.close_with(profile).status == "firing"
    course.many(normals(rng), 3)
    assert [state for *_, state in course.states] == ["firing", "resolved"]


@pytest.mark.parametrize(("age_ms", "status"), [(STEP, "too_new"), (10 * STEP, "ok")])
def test_values_are_compared_once_events_have_filled_the_window(age_ms: int, status: str) -> None:
    """Until then they grow, which is no drift."""
    rng = rng_of(15)
    course = Course(subject_of(window_ms=10 * STEP, baseline={"mean": 100.0, "std_dev": 15.0}))
    profile = course.profile(normals(rng)())
    profile.note_oldest(course.start + STEP - age_ms)
    report = course.close_with(profile)
    assert (report.status, bool(report.scores)) == (status, status == "ok")


def test_rows_that_warm_up_are_not_judged_and_do_not_reach_the_reference() -> None:
    rng = rng_of(9)
    course = Course(subject_of(baseline={"mean": 0.0, "std_dev": 1.0}))
    for _ in range(9):
        course.close(normals(rng)(), warming=501)
    assert course.statuses() == ["warming_up"] and not course.told
    assert course.reports[-1].note == "501 of 1000 rows have not yet seen a whole window"
    assert course.close(normals(rng)(), warming=499).reference is None


def test_a_feature_without_rows_is_stale_after_the_limit() -> None:
    rng = rng_of(10)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    course.many(normals(rng), 6)
    course.many(lambda: (), 3)
    assert course.statuses() == ["ok", "too_few_rows", "stale"]
    assert course.reports[-1].note == "no rows since 2026-01-01 14:35 UTC"
    assert course.reports[-1].trail[-1] is None
    assert course.close(normals(rng)()).status == "ok" and not course.told
