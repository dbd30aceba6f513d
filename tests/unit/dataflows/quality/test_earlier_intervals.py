"""Tests open intervals and memories saved by an earlier Headrace: those of sources continue, those of features restart.

Both were saved after eight hours of a bounded run with its last two intervals still open: a feature whose rows
increasingly break a rule, and its source, whose events are increasingly refused.
"""

import pytest

from dataflows.quality.interval_evaluator import IntervalEvaluator
from dataflows.quality.intervals import Intervals
from reports.alerting import FeatureMonitor, JudgedRule, Limits, Monitor, Report, SourceMonitor
from reports.records import Alert, SourceReport, Subject
from tests.support.factories import earlier_snapshots

HOUR_MS = 3_600_000
START = 1_767_276_000_000
OPEN_HOURS = [START + 6 * HOUR_MS, START + 7 * HOUR_MS]
SUBJECT = Subject(
    feature="spend", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o", source="orders",
    window_ms=HOUR_MS,
)  # fmt: skip


def _resumed(name: str, profiled_as: str = "a; range") -> IntervalEvaluator:
    monitors: dict[str, Monitor] = {
        "spend": FeatureMonitor(SUBJECT, (JudgedRule("range 0 to 200"),), Limits(), profiled_as),
        "source:orders": SourceMonitor("orders", "raw-orders", Limits()),
    }
    return IntervalEvaluator(monitors.get, Intervals(HOUR_MS, False, lambda: START), True, earlier_snapshots.kept(name))


def _ended(evaluator: IntervalEvaluator) -> list[Report]:
    return [verdict for verdict in evaluator.on_eof()[0] if not isinstance(verdict, Alert)]


def test_a_feature_whose_profiles_were_of_rows_starts_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    resumed = _resumed("feature_intervals")
    assert not _ended(resumed)
    assert caplog.messages == ["spend: the reference of an earlier version is discarded and learned again"]
    assert not _ended(_resumed("feature_intervals", "a; not_null"))


def test_a_source_goes_on() -> None:
    reports = [report for report in _ended(_resumed("source_intervals")) if isinstance(report, SourceReport)]
    assert [report.start_ms for report in reports] == OPEN_HOURS
    assert [(report.events, report.rejects) for report in reports] == [
        (106, {"not_json": 12}), (107, {"not_json": 14}),
    ]  # fmt: skip
    assert [report.newest_ms is not None for report in reports] == [True, True]
    assert not any(report.alerts for report in reports), "refused events are counted anew"


def test_what_has_no_definition_any_more_is_kept_as_it_was() -> None:
    kept = earlier_snapshots.kept("feature_intervals")
    evaluator = IntervalEvaluator(lambda key: None, Intervals(HOUR_MS, False, lambda: START), False, kept)
    assert (evaluator.notify_at(), evaluator.on_notify(), evaluator.on_eof()) == (None, ([], False), ([], False))
    assert evaluator.snapshot() == kept
