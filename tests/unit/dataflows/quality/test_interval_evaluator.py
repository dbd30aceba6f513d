"""Tests that a feature that could not be judged says so in its interval; intervals close in time, and not early."""

import polars as pl
import pytest

from dataflows.quality.interval_evaluator import GRACE_MS, IntervalEvaluator
from dataflows.quality.intervals import Intervals
from reports.alerting.event_counts import EventCounts
from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import FailedValues, MonitoringStarted, Observation, RowProfiles, SourceCounts
from reports.alerting.sources.source_monitor import SourceMonitor
from reports.profiling.profile import Profile
from reports.records import Alert, FeatureReport, SourceReport, Subject, source_key
from tests.support.clock import FakeClock

HOUR_MS = 3_600_000


def _judge(_: str) -> FeatureMonitor:
    subject = Subject(feature="f", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o")
    return FeatureMonitor(subject, (), Limits())


def _part(start: int) -> RowProfiles:
    profile = Profile("number", 0)
    profile.add(pl.Series([1.0, 2.0]), ())
    return RowProfiles("f", {start: profile})


def test_what_could_not_be_judged_is_told_and_the_next_interval_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = IntervalEvaluator(_judge, Intervals(HOUR_MS, False, lambda: 0), True, None)
    evaluator.on_batch([_part(0), _part(HOUR_MS)])
    failing = FeatureMonitor._findings
    monkeypatch.setattr(FeatureMonitor, "_findings", lambda judge, interval: 1 / 0)
    (first,) = evaluator.on_batch([_part(2 * HOUR_MS)])[0]
    monkeypatch.setattr(FeatureMonitor, "_findings", failing)
    second, third = evaluator.on_eof()[0]
    assert isinstance(first, FeatureReport) and isinstance(second, FeatureReport) and isinstance(third, FeatureReport)
    assert (first.status, first.summary.rows) == ("failed", 2)
    assert first.note == "evaluation of this interval failed: ZeroDivisionError: division by zero"
    assert [second.status, third.status] == ["too_few_rows", "too_few_rows"]
    assert [second.start_ms, second.summary.mean] == [HOUR_MS, 1.5]


def test_after_a_restart_workers_speak_before_an_interval_closes() -> None:
    clock = FakeClock(10 * HOUR_MS + 1)
    intervals = Intervals(HOUR_MS, False, clock, live=True)
    before = IntervalEvaluator(_judge, intervals, False, None)
    before.on_batch([_part(10 * HOUR_MS)])
    kept, clock.ms = before.snapshot(), 11 * HOUR_MS + 60_000
    evaluator = IntervalEvaluator(_judge, intervals, False, kept)
    assert not [one for one in evaluator.on_notify()[0] if isinstance(one, FeatureReport) and one.closed]
    whole = Profile("number", 0)
    whole.add(pl.Series([1.0, 2.0, 3.0]), ())
    evaluator.on_batch([RowProfiles("f", {10 * HOUR_MS: whole})])
    clock.ms += GRACE_MS
    (closed,) = [one for one in evaluator.on_notify()[0] if isinstance(one, FeatureReport) and one.closed]
    assert (closed.start_ms, closed.summary.rows) == (10 * HOUR_MS, 3)


def _of_worker(home: str, start: int, *values: float) -> RowProfiles:
    profile = Profile("number", 0)
    profile.add(pl.Series(values), ())
    return RowProfiles("f", {start: profile}, home)


def _closed(evaluator: IntervalEvaluator) -> list[tuple[int, int, float | None]]:
    """Returns start, rows and sum of the intervals that close now."""
    found = [*evaluator.on_notify()[0], *evaluator.on_eof()[0]]
    closed = [one for one in found if isinstance(one, FeatureReport) and one.closed]
    return [(one.start_ms // HOUR_MS, one.summary.rows, (one.summary.mean or 0) * one.summary.rows) for one in closed]


FIRST = [
    MonitoringStarted("f", 10 * HOUR_MS + 1),
    _of_worker("001", 10 * HOUR_MS, 5.0, 6.0),
    FailedValues("f", 10 * HOUR_MS, {"overflow": 1}),
]


@pytest.mark.parametrize("first", FIRST, ids=["a signal", "a worker", "a failed value"])
@pytest.mark.parametrize("bounded", [False, True])
def test_a_worker_that_starts_slowly_does_not_count_twice(bounded: bool, first: Observation) -> None:
    """Its first profile is of the interval before the one that another worker, or the signal of the start, opened:
    users active in both count once in each."""
    clock = FakeClock(10 * HOUR_MS + 1)
    evaluator = IntervalEvaluator(_judge, Intervals(HOUR_MS, False, clock, live=not bounded), bounded, None)
    for observation in (first, _of_worker("001", 10 * HOUR_MS, 5.0, 6.0), _of_worker("000", 9 * HOUR_MS, 1.0, 2.0)):
        evaluator.on_batch([observation])
    evaluator.on_batch([_of_worker("000", 10 * HOUR_MS, 2.0, 3.0)])
    clock.ms += HOUR_MS + 2 * GRACE_MS
    assert _closed(evaluator) == [(9, 2, 3.0), (10, 4, 16.0)]


def test_what_a_worker_sends_of_intervals_before_the_first_closed_one_is_left_out() -> None:
    clock = FakeClock(10 * HOUR_MS + 1)
    evaluator = IntervalEvaluator(_judge, Intervals(HOUR_MS, False, clock, live=True), False, None)
    evaluator.on_batch([_of_worker("001", 10 * HOUR_MS, 5.0)])
    clock.ms += HOUR_MS + 2 * GRACE_MS
    assert _closed(evaluator) == [(10, 1, 5.0)]
    evaluator.on_batch([_of_worker("000", 9 * HOUR_MS, 1.0), _of_worker("000", 11 * HOUR_MS, 2.0)])
    clock.ms += HOUR_MS
    assert _closed(evaluator) == [(11, 1, 2.0)]


def test_a_slow_start_is_no_silence_of_the_source() -> None:
    """Killed, and started again half a minute later: the first look comes before the run has begun to read."""
    clock, key = FakeClock(10 * HOUR_MS), source_key("orders")
    intervals = Intervals(HOUR_MS, False, clock, live=True)
    before = IntervalEvaluator(_of_source, intervals, False, None)
    before.on_batch(
        [
            MonitoringStarted(key, clock.ms),
            SourceCounts(key, {10 * HOUR_MS: EventCounts(events=1, arrived_ms=clock.ms)}),
        ]
    )
    kept, clock.ms = before.snapshot(), clock.ms + 30_000
    evaluator = IntervalEvaluator(_of_source, intervals, False, kept)
    assert not any(_alerts_within(30, evaluator, clock))
    evaluator.on_batch([MonitoringStarted(key, clock.ms)])
    assert not any(_alerts_within(15, evaluator, clock)) and any(_alerts_within(10, evaluator, clock))


def _alerts_within(seconds: int, evaluator: IntervalEvaluator, clock: FakeClock) -> list[tuple[Alert, ...]]:
    """Returns the alerts of each look of the next seconds."""
    found = list[tuple[Alert, ...]]()
    for _ in range(seconds // 5):
        clock.ms += 5_000
        found += [one.alerts for one in evaluator.on_notify()[0] if isinstance(one, SourceReport)]
    assert found
    return found


def _of_source(_: str) -> SourceMonitor:
    return SourceMonitor("orders", "raw-orders", Limits(silence_ms=20_000))
