"""Tests that a feature that could not be judged says so in its interval; intervals close in time, and not early."""

import polars as pl
import pytest

from dataflows.quality.interval_evaluator import GRACE_MS, IntervalEvaluator
from dataflows.quality.intervals import Intervals
from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import RowProfiles
from reports.profiling.profile import Profile
from reports.records import FeatureReport, Subject
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
