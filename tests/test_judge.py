"""Judges: the status, notes, scores and alerts of a feature and of a source, interval by interval."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from reports.debounce import Policy
from reports.judge import Judge, JudgedRule, Limits
from reports.noise import Z
from reports.profile import Profile, kind_of
from reports.records import Alert, FeatureReport, Sample, SourceReport, Status, Subject
from reports.source_judge import Intake, SourceJudge
from tests.seeds import rng_of

Values = pl.Series | npt.NDArray[Any] | Sequence[object]
STEP = 300_000
START = 1_767_276_300_000  # 2026-01-01T14:05:00Z
LIMITS = Limits()


def subject_of(value_type: str = "DOUBLE", **more: object) -> Subject:
    known: dict[str, object] = {
        "feature": "spend", "version": 1, "fingerprint": "a", "entity_type": "user", "owner": "risk@example.com",
        "source": "orders", "window_ms": STEP, "value_type": value_type,
    }  # fmt: skip
    return Subject(**(known | more))  # type: ignore[arg-type]


class Course:
    """One feature from interval to interval."""

    def __init__(self, subject: Subject, rules: Sequence[JudgedRule] = (), limits: Limits = LIMITS) -> None:
        self.subject, self.rules, self.limits = subject, rules, limits
        self.judge = Judge(subject, rules, limits)
        self.start = START
        self.told: list[Alert] = []
        self.reports: list[FeatureReport] = []

    def profile(self, values: Values = (), broken: Sequence[int] = (), warming: int = 0) -> Profile:
        made = Profile(kind_of(self.subject.value_type), len(self.rules))
        series = values if isinstance(values, pl.Series) else pl.Series(values)
        if len(series):
            made.add(series, broken or [0] * len(self.rules), warming)
        return made

    def close(self, values: Values = (), broken: Sequence[int] = (), warming: int = 0) -> FeatureReport:
        return self.close_with(self.profile(values, broken, warming))

    def close_with(self, profile: Profile) -> FeatureReport:
        report, alerts = self.judge.close(profile, self.start, self.start + STEP)
        self.start += STEP
        self.told += alerts
        self.reports.append(report)
        return report

    def many(self, draw: Callable[[], Values], intervals: int) -> FeatureReport:
        for _ in range(intervals):
            self.close(draw())
        return self.reports[-1]

    @property
    def states(self) -> list[tuple[str, str, str]]:
        return [(alert.rule, alert.detail, alert.state) for alert in self.told]

    def statuses(self) -> list[Status]:
        return [status for status, _ in itertools.groupby(report.status for report in self.reports)]


def normals(rng: np.random.Generator, mean: float = 100.0, n: int = 1_000) -> Callable[[], Values]:
    return lambda: rng.normal(mean, 15, n)


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
    assert "mean +1" in alert.summary and "n = 1,000" in alert.summary
    assert report.alerts == (alert,) and report.note == alert.summary
    course.many(normals(rng), 3)
    assert course.states[1][2] == "resolved" and course.told[1].key == alert.key
    assert course.told[1].summary.startswith("over: ")
    assert course.statuses() == ["no_baseline", "ok", "pending", "firing", "resolving", "ok"]
    assert not course.reports[-1].alerts


def test_a_shift_against_the_baseline_is_told_in_a_sentence() -> None:
    rng = rng_of(2)
    course = Course(subject_of(baseline={"mean": 153.9, "std_dev": 40.0}))
    report = course.many(lambda: rng.normal(212.4, 40, 1_204), 3)
    assert report.status == "firing"
    assert course.told[0].detail == "mean_shift"
    mean = report.summary.mean or 0.0
    assert course.told[0].summary == (
        f"mean {(mean / 153.9 - 1) * 100:+.0f} % against the baseline ({mean:.4g}, was 153.9), n = 1,204"
    )


def test_before_the_rows_are_known_to_be_independent_only_a_large_shift_fires() -> None:
    """The first four intervals have nothing to tell hot entities from a shift but its size; three looks come after."""
    rng = rng_of(16)
    for mean, told in ((100.0 + 0.4 * 15, 7), (100.0 + 1.0 * 15, 3)):
        course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
        course.many(normals(rng, mean), 10)
        against_baseline = [alert for alert in course.told if alert.detail == "mean_shift"]
        assert [(alert.at_ms - START) // STEP for alert in against_baseline] == [told]


def test_earlier_intervals_tell_how_values_vary() -> None:
    rng = rng_of(18)
    course = Course(subject_of(baseline={"mean": 100.0}))
    course.many(normals(rng), 8)
    course.close(rng.normal(100, 1, 1_000))
    before, after = ({score.measure: score for score in course.reports[place].scores} for place in (0, -1))
    assert before["mean_shift"].threshold == pytest.approx(Z / math.sqrt(30), rel=0.01)
    assert after["mean_shift"].threshold == pytest.approx(Z * 15 / math.sqrt(1_000), rel=0.2)
    course = Course(subject_of(baseline={"std_dev": 15.0}))
    course.many(normals(rng), 8)
    judged = ["std_ratio" in [score.measure for score in report.scores] for report in course.reports]
    assert judged == [False] * 4 + [True] * 4


def test_drift_is_not_absorbed_until_the_freeze_is_over() -> None:
    rng = rng_of(3)
    course = Course(subject_of(), limits=Limits(reference_intervals=6, freeze=10))
    course.many(normals(rng), 9)
    before = course.judge.open(course.profile(normals(rng)()), course.start, course.start + STEP).reference
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
    assert course.reports[-1].note == ("drift against the reference over its threshold in 1 of 5 intervals; fires at 3")
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
        again = Judge(restarted.subject, (), LIMITS)
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
        judge = Judge(subject_of(fingerprint=fingerprint), (), LIMITS)
        judge.load(course.judge.dump())
        report = judge.open(course.profile(normals(rng)()), course.start, course.start + STEP)
        assert (report.status == "ok") == going_on and bool(report.reference) == going_on


def test_an_open_interval_is_scored_and_changes_nothing() -> None:
    rng = rng_of(6)
    course = Course(subject_of())
    course.many(normals(rng), 8)
    before = course.judge.dump()
    report = course.judge.open(course.profile(normals(rng, 200)()), course.start, course.start + 60_000)
    assert not report.closed and report.end_ms == course.start + 60_000
    assert any(score.over for score in report.scores) and report.status == "ok" and report.bins.counts
    assert len(report.trail) == 9 and report.trail[-1] == report.summary.mean
    assert course.judge.dump() == before


def test_too_few_rows_are_said_and_not_judged() -> None:
    rng = rng_of(7)
    course = Course(subject_of(baseline={"mean": 0.0, "std_dev": 1.0}))
    report = course.many(normals(rng, 100, 199), 9)
    assert report.status == "too_few_rows" and not report.scores and not course.told
    assert report.note == "199 rows with a value; drift is judged from 200 on"


@pytest.mark.parametrize(("window_ms", "warm_at"), [(STEP, 1), (4 * STEP, 4), (0, 12)])
def test_a_feature_warms_up_for_its_window_lifetime_for_an_hour(window_ms: int, warm_at: int) -> None:
    rng = rng_of(8)
    course = Course(subject_of(window_ms=window_ms, baseline={"mean": 0.0, "std_dev": 1.0}))
    course.many(normals(rng), 16)
    warming = [report.status == "warming_up" for report in course.reports]
    assert warming == [True] * (warm_at - 1) + [False] * (17 - warm_at)
    assert all(not report.scores for report in course.reports[: warm_at - 1])
    assert [report.status for report in course.reports].index("firing") == warm_at + 1
    if warm_at > 1:
        assert course.reports[0].note.startswith("seen for 5m of its window of ")


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
    assert course.reports[-1].note == "no row since 2026-01-01 14:35 UTC"
    assert course.reports[-1].trail[-1] is None
    assert course.close(normals(rng)()).status == "ok" and not course.told


def test_a_note_of_a_calm_feature_says_how_calm() -> None:
    rng = rng_of(11)
    course = Course(subject_of(baseline={"mean": 100.0, "std_dev": 15.0}))
    report = course.many(normals(rng), 9)
    worst = report.worst
    assert worst is not None
    assert report.note == (
        f"nearest to its limit: {worst.measure} {worst.score:.2g} of {worst.threshold:.2g}, against 7 earlier intervals"
    )
    assert report.reference_intervals == 7


RANGE = JudgedRule("range 0 to 500", "quarantine")


def test_violations_over_the_rate_fire_and_resolve() -> None:
    rng = rng_of(12)
    course = Course(subject_of(), [JudgedRule("not_null"), RANGE])
    for broken in (0, 10, 11, 11, 11, 5, 5, 5):
        course.close(normals(rng)(), broken=[0, broken])
    assert course.states == [("violations", RANGE.name, "firing"), ("violations", RANGE.name, "resolved")]
    assert course.told[0].summary == "1.1 % of rows break range 0 to 500, allowed 1 %, n = 1,000"
    assert course.told[0].windows == 3 and course.told[0].onset_ms == START + 2 * STEP
    assert [count.violations for count in course.reports[1].rules] == [0, 10]
    assert course.reports[1].rules[1].rate == 0.01 and course.reports[1].rules[1].on_violation == "quarantine"


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
    assert course.told[0].summary == "p99 from publish to readable 20 s, allowed 10 s, n = 300"
    assert course.reports[1].freshness.p99 == 20.0


@pytest.mark.parametrize(
    ("value_type", "baseline", "values", "says"),
    [
        ("DOUBLE", {"p95": 1.0}, [0.0] * 500 + [2.0] * 500, "share above p95 of the baseline (1) 45 % off the 5 %"),
        ("DOUBLE", {"max": 1.0}, [0.0] * 500 + [2.0] * 500, "50 % above the max of the baseline (1)"),
        ("DOUBLE", {"null_ratio": 0.0}, [1.0] * 500 + [None] * 500, "50 % without a value, 0 % in the baseline"),
        ("BOOL", {"true_ratio": 0.1}, [True] * 500 + [False] * 500, "50 % true, 10 % in the baseline"),
        ("STRING", {"unique_ratio": 1.0}, ["a"] * 500, "share of different values 100 % off the 100 %"),
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


def test_without_drift_nothing_is_told_and_hot_entities_are_no_drift() -> None:
    """Each interval a few of two thousand entities, each again and again with nearly its own value."""
    rng = rng_of(14)
    own = rng.lognormal(3, 1, 2_000)
    weights = 1 / np.arange(1, 41)

    def hot() -> Values:
        entities = rng.choice(rng.choice(2_000, 40, replace=False), 1_000, p=weights / weights.sum())
        values: npt.NDArray[np.float64] = own[entities] * (1 + 0.02 * rng.normal(size=1_000))
        return values

    course = Course(subject_of())
    course.many(hot, 60)
    assert not course.told


def test_hot_entities_with_texts_of_a_long_tail_are_no_drift() -> None:
    """Every interval has texts that none before had, and each of them many times."""
    rng = rng_of(17)
    own = np.array([f"city {rank}" for rank in np.minimum(rng.zipf(1.5, 2_000), 300)])

    def hot() -> Values:
        entities = rng.choice(rng.choice(2_000, 40, replace=False), 1_000)
        return [str(text) for text in own[entities]]

    course = Course(subject_of("STRING"))
    course.many(hot, 30)
    assert not course.told and course.reports[-1].reference is not None
    course.many(lambda: ["city new" if rng.random() < 0.5 else text for text in hot()], 3)
    assert [state for *_, state in course.states] == ["firing"]


def test_two_runs_over_the_same_rows_tell_the_same() -> None:
    rng = rng_of(15)
    batches = [rng.normal(100 + 20 * (interval > 8), 15, 2_000) for interval in range(14)]
    one, other = Course(subject_of()), Course(subject_of())
    for values in batches:
        one.close(values)
        parts = np.array_split(rng.permutation(values), 7)
        whole = other.profile(parts[0])
        for part in parts[1:]:
            whole.merge(other.profile(part))
        other.close_with(whole)
    assert [alert.key for alert in one.told] == [alert.key for alert in other.told] and one.told
    assert [report.status for report in one.reports] == [report.status for report in other.reports]
    assert [report.bins for report in one.reports] == [report.bins for report in other.reports]


def sources(intakes: Sequence[Intake], judge: SourceJudge) -> tuple[list[SourceReport], list[Alert]]:
    reports: list[SourceReport] = []
    told: list[Alert] = []
    for place, intake in enumerate(intakes):
        start = START + place * STEP
        again = SourceJudge("orders", "raw-orders", LIMITS, owner="o")
        again.load(judge.dump())
        judge = again
        report, alerts = judge.close(intake, start, start + STEP)
        reports.append(report)
        told += alerts
    return reports, told


def some(place: int, rejects: int = 0) -> Intake:
    arrived = START + place * STEP + 60_000
    reasons = {"not_json": rejects} if rejects else {}
    return Intake(events=1_000, rejects=reasons, arrived_ms=arrived, newest_ms=arrived - 5)


def test_silence_of_a_source_is_told_once_and_is_over_with_its_next_event() -> None:
    intakes = [some(0), some(1), *[Intake()] * 5, some(7)]
    reports, told = sources(intakes, SourceJudge("orders", "raw-orders", LIMITS))
    arrived = START + STEP + 60_000
    assert [(alert.rule, alert.state, alert.onset_ms) for alert in told] == [
        ("silence", "firing", arrived), ("silence", "resolved", arrived),
    ]  # fmt: skip
    firing, over = told
    assert (firing.key, firing.group, firing.feature, firing.owner) == (over.key, "orders", "", "o")
    assert firing.at_ms == START + 5 * STEP and firing.windows == 3  # 1,140 s, the first over 900
    assert firing.summary == "no event of orders for 1,140 s, allowed 900 s"
    assert [len(report.alerts) for report in reports] == [0, 0, 0, 0, 1, 1, 1, 0]
    assert reports[6].alerts[0].windows == 5 and reports[6].silent_ms == START + 7 * STEP - arrived
    assert reports[6].newest_ms == arrived - 5 and over.at_ms == START + 8 * STEP


def test_a_source_that_never_had_an_event_is_silent_since_the_run_began() -> None:
    _, told = sources([Intake()] * 5, SourceJudge("orders", "raw-orders", LIMITS))
    assert [(alert.state, alert.onset_ms, alert.at_ms) for alert in told] == [("firing", START, START + 4 * STEP)]


def test_refused_events_over_the_rate_fire() -> None:
    intakes = [some(place, rejects) for place, rejects in enumerate([5, 50, 50, 50, 0, 0, 0])]
    reports, told = sources(intakes, SourceJudge("orders", "raw-orders", LIMITS))
    assert [(alert.rule, alert.detail, alert.state) for alert in told] == [
        ("violations", "rejects", "firing"), ("violations", "rejects", "resolved"),
    ]  # fmt: skip
    assert told[0].summary == "5 % of events refused, most as not_json, allowed 1 %, n = 1,000"
    assert reports[1].rejects == {"not_json": 50}


def test_an_open_interval_of_a_source_changes_nothing() -> None:
    judge = SourceJudge("orders", "raw-orders", LIMITS)
    judge.close(some(0), START, START + STEP)
    before = judge.dump()
    report = judge.open(Intake(), START + STEP, START + 2 * STEP)
    assert not report.closed and report.silent_ms == 2 * STEP - 60_000 and judge.dump() == before


def test_intakes_merge_in_any_order() -> None:
    samples = [Sample(entity="", value=str(at), at_ms=at, reason="late") for at in range(30)]
    parts = [
        Intake(events=2, rejects={"late": 1}, samples=tuple(samples[:15]), arrived_ms=5, newest_ms=9),
        Intake(events=3, rejects={"not_json": 2}, samples=tuple(samples[15:]), arrived_ms=7),
        Intake(),
    ]
    for one, two, three in itertools.permutations(parts):
        whole = one + (two + three)
        assert whole == (one + two) + three == Intake.load(whole.dump())
        assert (whole.events, whole.rejects, whole.arrived_ms) == (5, {"late": 1, "not_json": 2}, 7)
        assert whole.newest_ms == 9 and list(whole.samples) == samples[-20:]
