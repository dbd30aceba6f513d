"""Tests the monitor of a feature: its status, notes, scores and alerts, interval by interval."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from reports.alerting.alert_state import Policy
from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import RowProfiles
from reports.drift.significance import Z
from reports.formats import measure
from tests.support.dataflow.quality.monitored_feature import LIMITS, START, STEP, Course, Values, normals, subject_of
from tests.support.generators.seeds import rng_of


def test_a_shift_fires_against_the_reference_and_is_over_when_it_goes() -> None:
    rng = rng_of(1)
    course = Course(subject_of())
    course.many(normals(rng), 8)
    assert course.statuses() == ["no_baseline", "ok"] and not course.told
    course.many(normals(rng, 110), 3)
    report = course.reports[-1]
    assert report.status == "firing" and [state for *_, state in course.states] == ["firing"]
    alert = course.told[0]
    assert (alert.rule, alert.feature, alert.group, alert.windows) == ("drift", "spend", "orders", 3)
    assert alert.onset_ms == START + 8 * STEP and alert.at_ms == START + 11 * STEP
    assert alert.n == 1_000 and alert.score > alert.threshold
    assert alert.what == "mean" and alert.n == 1_000
    assert alert.summary.startswith(f"mean {alert.now}, usually {alert.usual} (+1")
    assert report.alerts == (alert,) and report.note == alert.summary
    course.many(normals(rng), 3)
    assert course.states[1][2] == "resolved" and course.told[1].key == alert.key
    assert course.told[1].summary.startswith("resolved: ")
    assert course.statuses() == ["no_baseline", "ok", "pending", "firing", "resolving", "ok"]
    assert not course.reports[-1].alerts


def test_a_shift_against_the_baseline_is_told_in_a_sentence() -> None:
    rng = rng_of(2)
    course = Course(subject_of(baseline={"mean": 153.9, "std_dev": 40.0}))
    report = course.many(lambda: rng.normal(212.4, 40, 1_204), 3)
    assert report.status == "firing"
    assert course.told[0].detail == "mean_shift"
    mean = report.summary.mean or 0.0
    assert course.told[0].summary == f"mean {mean:.3g}, usually 154 ({(mean / 153.9 - 1) * 100:+.0f} %)"


@pytest.mark.parametrize("shift", [0.4, 1.0])
def test_a_shift_from_the_baseline_is_told_from_the_first_interval_on(shift: float) -> None:
    """Three looks are enough without an interval to compare with."""
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    course.many(normals(rng_of(16), 100.0 + shift * 15), 10)
    against_baseline = [alert for alert in course.told if alert.detail == "mean_shift"]
    assert [(alert.at_ms - START) // STEP for alert in against_baseline] == [3]


def test_earlier_intervals_tell_how_values_vary() -> None:
    rng = rng_of(18)
    course = Course(subject_of(baseline={"mean": 100.0}))
    course.many(normals(rng), 8)
    course.close(rng.normal(100, 1, 1_000))
    before, after = ({score.measure: score for score in course.reports[place].scores} for place in (0, -1))
    assert before["mean_shift"].threshold == 0.25
    assert after["mean_shift"].threshold == pytest.approx(Z * 15 / math.sqrt(1_000), rel=0.2)
    course = Course(subject_of(baseline={"std_dev": 15.0}))
    course.many(normals(rng), 8)
    judged = ["std_ratio" in [score.measure for score in report.scores] for report in course.reports]
    assert judged == [False] * 4 + [True] * 4


def test_drift_is_not_absorbed_until_the_freeze_is_over() -> None:
    rng = rng_of(3)
    course = Course(subject_of(), limits=Limits(reference_intervals=6, freeze=10))
    course.many(normals(rng), 9)
    before = course.open(normals(rng)(), course.start + STEP).reference
    course.many(normals(rng, 130), 10)
    assert course.reports[-1].reference == before and course.statuses()[-1] == "firing"
    course.many(normals(rng, 130), 14)
    assert course.statuses()[-1] == "ok" and [state for *_, state in course.states] == ["firing", "resolved"]
    reference = course.reports[-1].reference
    assert reference is not None and reference.mean == pytest.approx(130, abs=2)


def test_a_pending_drift_does_not_reach_the_reference() -> None:
    rng = rng_of(4)
    course = Course(subject_of())
    course.many(normals(rng), 8)
    course.close(normals(rng, 200)())
    assert course.reports[-1].status == "pending"
    assert course.reports[-1].note == (
        "drift against the reference exceeded its threshold in 1 of 5 intervals; fires at 3"
    )
    course.many(normals(rng), 8)
    reference = course.reports[-1].reference
    assert reference is not None and reference.max is not None and reference.max < 190
    assert not course.told


@pytest.mark.parametrize("value_type", ["DOUBLE", "STRING", "BOOL", "ARRAY<INT64>", "TIMESTAMP"])
@pytest.mark.parametrize("seed", range(2))
def test_going_on_from_bytes_changes_nothing(value_type: str, seed: int) -> None:
    rng = rng_of(seed)
    draws: dict[str, Callable[[bool], Values]] = {
        "DOUBLE": lambda drifts: rng.normal(130 if drifts else 100, 15, 600),
        "STRING": lambda drifts: rng.choice(["pix", "new" if drifts else "card"], 600).tolist(),
        "BOOL": lambda drifts: rng.random(600) < (0.6 if drifts else 0.2),
        "ARRAY<INT64>": lambda drifts: [[0] * int(length) for length in rng.poisson(5 if drifts else 2, 600)],
        "TIMESTAMP": lambda drifts: pl.Series([0] * 600).cast(pl.Datetime("ms", "UTC")).set(
            pl.Series(rng.random(600) < (0.5 if drifts else 0.0)), None
        ),
    }  # fmt: skip
    batches = [draws[value_type](8 <= interval < 14) for interval in range(20)]
    straight, restarted = Course(subject_of(value_type)), Course(subject_of(value_type))
    for values in batches:
        straight.close(values)
        again = FeatureMonitor(restarted.subject, (), LIMITS)
        again.load(restarted.judge.dump())
        restarted.judge = again
        restarted.close(values)
    assert restarted.reports == straight.reports and restarted.told == straight.told
    assert [state for *_, state in straight.states] == ["firing", "resolved"]


def test_another_definition_or_version_starts_over() -> None:
    rng = rng_of(5)
    course = Course(subject_of())
    course.many(normals(rng), 8)
    for fingerprint, going_on in (("a", True), ("b", False)):
        judge = FeatureMonitor(subject_of(fingerprint=fingerprint), (), LIMITS)
        judge.load(course.judge.dump())
        judge.take(RowProfiles("spend", {course.start: course.profile(normals(rng)())}), course.start)
        report = judge.open(course.start, course.start + STEP)
        assert (report.status == "ok") == going_on and bool(report.reference) == going_on


def test_an_open_interval_is_scored_and_changes_nothing() -> None:
    rng = rng_of(6)
    course = Course(subject_of())
    course.many(normals(rng), 8)
    course.take(course.profile(normals(rng, 200)()))
    before = course.judge.dump()
    report = course.judge.open(course.start, course.start + 60_000)
    assert not report.closed and report.end_ms == course.start + 60_000
    assert any(score.over for score in report.scores) and report.status == "ok" and report.bins.counts
    assert len(report.trail) == 9 and report.trail[-1] == report.summary.mean
    assert course.judge.dump() == before


def test_a_note_of_a_calm_feature_says_how_calm() -> None:
    rng = rng_of(11)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    report = course.many(normals(rng), 9)
    worst = report.worst
    assert worst is not None
    assert report.note == (
        f"closest to its threshold: {measure(worst.measure)} {worst.score:.3g} of {worst.threshold:.3g}, "
        "against 7 earlier intervals"
    )
    assert report.reference_intervals == 7


@pytest.mark.parametrize(
    ("value_type", "baseline", "values", "says"),
    [
        (
            "DOUBLE",
            {"p95": 1.0},
            [0.0] * 500 + [2.0] * 500,
            "share above 1 50 %, usually 5 %",
        ),
        ("DOUBLE", {"max": 1.0}, [0.0] * 500 + [2.0] * 500, "share above 1 50 %, usually none"),
        ("DOUBLE", {"null_ratio": 0.0}, [1.0] * 500 + [None] * 500, "share of rows without a value 50 %, usually 0 %"),
        ("BOOL", {"true_ratio": 0.1}, [True] * 500 + [False] * 500, "share true 50 %, usually 10 %"),
        ("STRING", {"unique_ratio": 1.0}, ["a"] * 500, "distinct values per value 0.2 %, usually 100 %"),
    ],
)
def test_sentences(value_type: str, baseline: dict[str, float], values: list[object], says: str) -> None:
    course = Course(subject_of(value_type, baseline=baseline), limits=Limits(policy=Policy(fire=1)))
    course.close(values)
    assert course.told[0].summary.startswith(says) and course.told[0].rule == "drift"


def test_a_new_category_is_named() -> None:
    rng = rng_of(13)
    course = Course(subject_of("STRING"))
    course.many(lambda: rng.choice(["pix", "card"], 1_000).tolist(), 8)
    course.many(lambda: rng.choice(["pix", "card", "crypto"], 1_000, p=[0.4, 0.4, 0.2]).tolist(), 3)
    assert course.states[0][0] == "drift" and course.reports[-1].bins.labels == ("card", "pix", "other")
    scores = {score.measure: score for score in course.reports[-1].scores}
    assert scores["new_share"].over and scores["l_infinity"].over
    assert math.isclose(scores["new_share"].score, 0.2, abs_tol=0.05)


def active(rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Returns the entities of two thousand that are active in an interval: forty make half of its rows, but count
    once."""
    hot = rng.choice(rng.choice(2_000, 40, replace=False), 500)
    return np.unique(np.concatenate([hot, rng.integers(2_000, size=500)]))


def test_without_drift_nothing_is_told_and_hot_entities_are_no_drift() -> None:
    rng = rng_of(14)
    own = rng.lognormal(3, 1, 2_000)

    def hot() -> Values:
        entities = active(rng)
        values: npt.NDArray[np.float64] = own[entities] * (1 + 0.02 * rng.normal(size=len(entities)))
        return values

    course = Course(subject_of())
    course.many(hot, 60)
    assert not course.told


def test_hot_entities_with_texts_of_a_long_tail_are_no_drift() -> None:
    """Every interval has texts that no earlier one had."""
    rng = rng_of(17)
    own = np.array([f"city {rank}" for rank in np.minimum(rng.zipf(1.5, 2_000), 300)])

    def hot() -> Values:
        return [str(text) for text in own[active(rng)]]

    course = Course(subject_of("STRING"))
    course.many(hot, 30)
    assert not course.told and course.reports[-1].reference is not None
    course.many(lambda: ["city new" if rng.random() < 0.5 else text for text in hot()], 3)
    assert [state for *_, state in course.states] == ["firing"]


def test_two_runs_over_the_same_rows_tell_the_same() -> None:
    rng = rng_of(15)
    batches = [rng.normal(100 + 20 * (interval > 8), 15, 2_000) for interval in range(14)]
    first, second = Course(subject_of()), Course(subject_of())
    for values in batches:
        first.close(values)
        parts = np.array_split(rng.permutation(values), 7)
        profile = second.profile(parts[0])
        for part in parts[1:]:
            profile.merge(second.profile(part))
        second.close_with(profile)
    assert [alert.key for alert in first.told] == [alert.key for alert in second.told] and first.told
    assert [report.status for report in first.reports] == [report.status for report in second.reports]
    assert [report.bins for report in first.reports] == [report.bins for report in second.reports]
