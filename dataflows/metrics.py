"""What a run counts, in the names Prometheus scrapes."""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from prometheus_client import Counter, Gauge, Histogram

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
FRESHNESS = Histogram(
    "headrace_freshness_seconds",
    "From publish to readable in the online store, oldest event of each write",
    buckets=[0.001 * 1.25**i for i in range(62)],
)


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
