"""A feature that could not be judged says so in its interval, and is judged again in the next."""

import polars as pl
import pytest

from dataflows.quality.interval_evaluator import Timeline
from dataflows.quality.observations import Intervals, Part
from dataflows.quality.open_intervals import FeatureBook
from reports.alerting.feature_monitor import Judge, Limits
from reports.profiling.profile import Profile
from reports.records import FeatureReport, Subject

HOUR_MS = 3_600_000


def _book() -> FeatureBook:
    subject = Subject(feature="f", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o")
    return FeatureBook(Judge(subject, (), Limits()), lambda: Profile("number", 0), "a")


def _part(start: int) -> Part:
    profile = Profile("number", 0)
    profile.add(pl.Series([1.0, 2.0]), ())
    return Part("f", profiles={start: profile})


def test_what_could_not_be_judged_is_told_and_the_next_interval_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline("f", _book(), Intervals(HOUR_MS, False, lambda: 0), None)
    for at in range(3):
        timeline.take(_part(at * HOUR_MS))
    failing = Judge._findings
    monkeypatch.setattr(Judge, "_findings", lambda judge, interval: 1 / 0)
    (first,) = timeline.closed(HOUR_MS)
    monkeypatch.setattr(Judge, "_findings", failing)
    second, third = timeline.closed(3 * HOUR_MS)
    assert isinstance(first, FeatureReport) and isinstance(second, FeatureReport) and isinstance(third, FeatureReport)
    assert (first.status, first.summary.rows) == ("failed", 2)
    assert first.note == "evaluation of this interval failed: ZeroDivisionError: division by zero"
    assert [second.status, third.status] == ["too_few_rows", "too_few_rows"]
    assert [second.start_ms, second.summary.mean] == [HOUR_MS, 1.5]
