"""Tests a monitor's alerts on broken rules and late values."""

import numpy as np
import polars as pl

from reports.alerting.features.feature_monitor import JudgedRule
from tests.support.dataflow.quality.monitored_feature import START, STEP, Course, normals, subject_of
from tests.support.generators.seeds import rng_of

RANGE = JudgedRule("range 0 to 500", "quarantine")


def test_violations_over_the_rate_fire_and_resolve() -> None:
    rng = rng_of(12)
    course = Course(subject_of(), [JudgedRule("not_null"), RANGE])
    for broken in (0, 10, 11, 11, 11, 5, 5, 5):
        course.close(normals(rng)(), broken=[0, broken])
    assert course.states == [("violations", RANGE.name, "firing"), ("violations", RANGE.name, "resolved")]
    assert course.told[0].summary == "violations of 'range 0 to 500' 1.1 % of rows, at most 1 %"
    assert course.told[0].windows == 3 and course.told[0].onset_ms == START + 2 * STEP
    assert [count.violations for count in course.reports[1].rules] == [0, 10]
    assert course.reports[1].rules[1].rate == 0.01 and course.reports[1].rules[1].on_violation == "quarantine"


def test_a_rule_in_other_words_goes_on_with_the_alert_that_fires() -> None:
    """A snapshot from when numbers were written as 1e+06: neither sent again nor left firing forever."""
    earlier = JudgedRule("range 0 to 1e+06")
    now = JudgedRule("range 0 to 1,000,000", identity="range 0 to 1e+06")
    before, after = Course(subject_of(), [earlier]), Course(subject_of(), [now])
    for _ in range(3):
        before.close([1.0] * 300, broken=[30])
    after.judge.load(before.judge.dump())
    after.start = before.start
    assert after.close([1.0] * 300, broken=[30]).alerts[0].key == before.told[0].key
    assert after.reports[0].rules[0].rule == "range 0 to 1,000,000"
    for _ in range(3):
        after.close([1.0] * 300, broken=[0])
    assert after.states == [("violations", "range 0 to 1e+06", "resolved")]
    assert "1,000,000" in after.reports[1].note and "1e+06" not in after.reports[1].note


def test_a_single_bad_row_among_few_is_not_over_the_rate() -> None:
    course = Course(subject_of(), [RANGE])
    for broken in (1, 1, 1, 1, 1):
        course.close([1.0] * 50, broken=[broken])
    assert not course.told
    for _ in range(3):
        course.close([1.0] * 50, broken=[25])
    assert course.states == [("violations", RANGE.name, "firing")]


def test_unique_ratios_are_judged_when_the_interval_closes() -> None:
    rule = JudgedRule("unique_ratio at least 0.9", least_unique=0.9)
    course = Course(subject_of("STRING"), [rule])
    fine = course.close([f"u{number}" for number in range(500)])
    assert fine.rules[0].violations == 0
    bad = course.close([f"u{number % 300}" for number in range(500)])
    assert bad.rules[0].violations == 150 and bad.rules[0].rate == 0.3
    estimated = course.close([f"u{number}" for number in range(9_500)] + ["u0"] * 500)
    assert estimated.rules[0].violations == 0
    assert course.close(pl.Series([None] * 9, dtype=pl.String)).rules[0].violations == 0


def test_late_values_fire_freshness() -> None:
    course = Course(subject_of())
    for seconds in (1.0, 20.0, 20.0, 20.0, 1.0, 1.0, 1.0):
        profile = course.profile([1.0] * 300)
        profile.add_latencies(np.full(3, seconds), np.full(3, 100))
        course.close_with(profile)
    assert course.states == [("freshness", "p99", "firing"), ("freshness", "p99", "resolved")]
    assert course.told[0].summary == "p99 freshness from publish to readable 20 s, at most 10 s"
    assert course.reports[1].freshness.p99 == 20.0
