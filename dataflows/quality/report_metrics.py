"""The gauges of a closed quality interval."""

from prometheus_client import Gauge

from reports.records import FeatureReport, SourceReport

DRIFT = Gauge("headrace_drift_score", "Drift at the end of the last interval", ["feature", "measure", "against"])
DRIFT_THRESHOLD = Gauge("headrace_drift_threshold", "What the score may be", ["feature", "measure", "against"])
FIRING = Gauge("headrace_alerts_firing", "Alerts that are not over", ["feature", "rule"])
SOURCES_FIRING = Gauge("headrace_source_alerts_firing", "Alerts of a source that are not over", ["source", "rule"])
NULL_RATIO = Gauge("headrace_null_ratio", "Share of rows without a value in the last interval", ["feature"])
TOLD = ("drift", "violations", "freshness")
TOLD_OF_SOURCES = ("silence", "violations")


def note_report(report: FeatureReport | SourceReport) -> None:
    """The gauges of a closed interval."""
    if not report.closed:
        return
    if isinstance(report, SourceReport):
        for rule in TOLD_OF_SOURCES:
            SOURCES_FIRING.labels(report.source, rule).set(sum(alert.rule == rule for alert in report.alerts))
    else:
        _note_feature(report)


def _note_feature(report: FeatureReport) -> None:
    name = report.subject.feature
    NULL_RATIO.labels(name).set(report.summary.nulls / max(1, report.summary.rows))
    for score in report.scores:
        DRIFT.labels(name, score.measure, score.against).set(score.score)
        DRIFT_THRESHOLD.labels(name, score.measure, score.against).set(score.threshold)
    for rule in TOLD:
        FIRING.labels(name, rule).set(sum(alert.rule == rule for alert in report.alerts))
