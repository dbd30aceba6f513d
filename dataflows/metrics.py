"""What a run counts, in the names Prometheus scrapes."""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from prometheus_client import Counter, Gauge, Histogram

from reports.records import FeatureReport, SourceReport

EVENTS = Counter("headrace_events", "Events decoded", ["source"])
ROWS = Counter("headrace_rows", "Feature rows emitted", ["entity"])
DEAD_LETTERS = Counter("headrace_dead_letters", "Events not taken, by reason", ["source", "reason"])
VALUE_NULLS = Counter(
    "headrace_value_nulls",
    "Feature values left null because their type cannot hold them, once for each row that is emitted",
    ["feature", "why"],
)
NOT_FINITE = Counter("headrace_not_finite", "NaN and Infinity in events, taken as null", ["source"])
REFUSED = Counter("headrace_refused_messages", "Messages that a topic did not take", ["topic", "why"])
PROFILED = Counter("headrace_quality_profiled_rows", "Feature rows profiled")
QUALITY_ERRORS = Counter("headrace_quality_errors", "Batches of values that could not be profiled", ["feature"])
DRIFT = Gauge("headrace_drift_score", "Drift at the end of the last interval", ["feature", "measure", "against"])
DRIFT_THRESHOLD = Gauge("headrace_drift_threshold", "What the score may be", ["feature", "measure", "against"])
FIRING = Gauge("headrace_alerts_firing", "Alerts that are not over", ["feature", "rule"])
SOURCES_FIRING = Gauge("headrace_source_alerts_firing", "Alerts of a source that are not over", ["source", "rule"])
NULL_RATIO = Gauge("headrace_null_ratio", "Share of rows without a value in the last interval", ["feature"])
VIOLATIONS = Counter("headrace_rule_violations", "Values that broke a validation rule", ["feature", "rule"])
EXPRESSION_NULLS = Counter(
    "headrace_expression_nulls", "Values that could not be computed, by reason", ["feature", "why"]
)
UNREAD_PARTITIONS = Gauge("headrace_unread_partitions", "Partitions added to a topic since the start", ["source"])
MISSING_TOPIC = Gauge("headrace_missing_topic", "1 while the topic of a source does not exist", ["source"])
MADE_ANEW = Counter("headrace_topics_made_anew", "How often a topic was deleted and made anew", ["source"])
WRITTEN = Counter("headrace_written_rows", "Feature rows readable in the online store")
FEATURES = Gauge("headrace_features", "Features defined", ["entity"])
ENTITIES = Gauge("headrace_entities", "Entities in the state of this worker", ["entity"])
STATE_BYTES = Gauge("headrace_state_bytes", "Bytes of tiles in the state of this worker", ["entity"])
TOLD = ("drift", "violations", "freshness")
TOLD_OF_SOURCES = ("silence", "violations")
FRESHNESS = Histogram(
    "headrace_freshness_seconds",
    "From publish to readable in the online store, oldest event of each write",
    buckets=[0.001 * 1.25**i for i in range(62)],
)


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


class Shard(Protocol):
    """What is asked of a shard when somebody scrapes."""

    @property
    def entities(self) -> int:
        """Entities in it."""

    @property
    def size(self) -> int:
        """Bytes of its state."""


_SHARDS: dict[str, WeakSet[Shard]] = {}


def watch_shard(entity_id: str, shard: Shard) -> None:
    """Counts a shard in the gauges of its entity type for as long as it lives."""
    if entity_id not in _SHARDS:
        shards = _SHARDS[entity_id] = WeakSet()
        ENTITIES.labels(entity_id).set_function(lambda: _sum(one.entities for one in shards))
        STATE_BYTES.labels(entity_id).set_function(lambda: _sum(one.size for one in shards))
    _SHARDS[entity_id].add(shard)


def _sum(numbers: Iterable[int]) -> float:
    return float(sum(numbers))
