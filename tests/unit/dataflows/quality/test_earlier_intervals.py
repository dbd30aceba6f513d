"""Open intervals and memories that an earlier Headrace kept: today's goes on from them, and keeps the same bytes.

Both were kept after eight hours of a bounded run, whose last two intervals were still open: a feature of which ever
more rows break a rule, and its source of which ever more events are refused.
"""

import pytest

from dataflows.quality.interval_evaluator import IntervalEvaluator
from dataflows.quality.intervals import Intervals
from reports.alerting import FeatureMonitor, JudgedRule, Limits, Monitor, Report, SourceMonitor
from reports.records import Alert, FeatureReport, SourceReport, Subject
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


@pytest.mark.parametrize("name", ["feature_intervals"])
def test_what_was_kept_is_kept_the_same(name: str) -> None:
    assert _resumed(name).snapshot() == earlier_snapshots.kept(name)


def test_a_feature_goes_on() -> None:
    """Its open intervals, reference, incident, samples and latencies are there; an interval counts no row twice."""
    reports = [report for report in _ended(_resumed("feature_intervals")) if isinstance(report, FeatureReport)]
    assert [report.start_ms for report in reports] == OPEN_HOURS
    assert [report.summary.rows for report in reports] == [300, 300]
    assert [[rule.violations for rule in report.rules] for report in reports] == [[18], [21]]
    assert [report.nulled for report in reports] == [{"overflow": 6}, {"overflow": 7}]
    assert [len(report.samples) for report in reports] == [1, 1]
    assert [len(report.trail) for report in reports] == [7, 8]
    assert [report.reference_intervals for report in reports] == [5, 6]
    assert [report.freshness.p99 for report in reports] == [pytest.approx(2.5, rel=0.01), None]
    assert [(report.status, report.note) for report in reports] == [
        ("firing", "6 % of rows violate range 0 to 200, allowed 1 %, n = 300"),
        ("firing", "7 % of rows violate range 0 to 200, allowed 1 %, n = 300"),
    ]


def test_open_profiles_under_other_rules_are_left_behind() -> None:
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
