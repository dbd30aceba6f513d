"""The Prometheus gauges of a closed quality interval."""

from prometheus_client import Counter, Gauge

from reports.records import FeatureReport, SourceReport

DRIFT = Gauge("headrace_drift_score", "Drift score of the last closed interval", ["feature", "measure", "against"])
DRIFT_THRESHOLD = Gauge("headrace_drift_threshold", "Threshold of the drift score", ["feature", "measure", "against"])
FIRING = Gauge("headrace_alerts_firing", "Alerts currently firing", ["feature", "rule"])
SOURCES_FIRING = Gauge("headrace_source_alerts_firing", "Alerts of a source currently firing", ["source", "rule"])
NULL_RATIO = Gauge("headrace_null_ratio", "Share of rows without a value in the last closed interval", ["feature"])
MISSED = Counter(
    "headrace_quality_missed", "Entities whose values arrived too late to be checked in their interval", ["feature"]
)
TOLD = ("drift", "violations", "freshness")
TOLD_OF_SOURCES = ("silence", "clock", "refusals", "standstill")


def note_report(report: FeatureReport | SourceReport) -> None:
    """Sets the gauges from the report of a closed interval; ignores open ones."""
    if not report.closed:
        return
    if isinstance(report, SourceReport):
        for rule in TOLD_OF_SOURCES:
            SOURCES_FIRING.labels(report.source, rule).set(sum(alert.rule == rule for alert in report.alerts))
    else:
        _note_feature(report)


def _note_feature(report: FeatureReport) -> None:
    name = report.subject.feature
    if report.missed:
        MISSED.labels(name).inc(report.missed)
    NULL_RATIO.labels(name).set(report.summary.nulls / max(1, report.summary.rows))
    for score in report.scores:
        DRIFT.labels(name, score.measure, score.against).set(score.score)
        DRIFT_THRESHOLD.labels(name, score.measure, score.against).set(score.threshold)
    for rule in TOLD:
        FIRING.labels(name, rule).set(sum(alert.rule == rule for alert in report.alerts))
