"""The Prometheus metrics of a worker."""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("headrace_events", "Events decoded", ["source"])
ROWS = Counter("headrace_rows", "Feature rows emitted", ["entity"])
DEAD_LETTERS = Counter("headrace_dead_letters", "Events rejected, by reason", ["source", "reason"])
VALUE_NULLS = Counter(
    "headrace_value_nulls",
    "Feature values set to null because they exceed the range of their type, counted once per row",
    ["feature", "why"],
)
NOT_FINITE = Counter("headrace_not_finite", "NaN and Infinity values in events, read as null", ["source"])
REFUSED = Counter("headrace_refused_messages", "Messages refused by a topic, by reason", ["topic", "why"])
PROFILED = Counter("headrace_quality_profiled_rows", "Feature rows profiled")
QUALITY_ERRORS = Counter("headrace_quality_errors", "Batches of values that could not be profiled", ["feature"])
VIOLATIONS = Counter("headrace_rule_violations", "Values that violate a validation rule", ["feature", "rule"])
EXPRESSION_NULLS = Counter(
    "headrace_expression_nulls", "Values set to null because their expression failed, by reason", ["feature", "why"]
)
UNREAD_PARTITIONS = Gauge(
    "headrace_unread_partitions",
    "Partitions added to a topic since the worker started; they are read after a restart",
    ["source"],
)
MISSING_TOPIC = Gauge("headrace_missing_topic", "1 while the topic of a source is missing, else 0", ["source"])
MADE_ANEW = Counter("headrace_topics_made_anew", "Number of times a topic was deleted and created again", ["source"])
ARCHIVED = Counter("headrace_archived_events", "Events written to the archive", ["source"])
ARCHIVE_FAILING = Gauge(
    "headrace_archive_failing", "1 while the events of a source cannot be archived, else 0", ["source"]
)
ARCHIVE_LOSSES = Counter(
    "headrace_archive_losses", "Number of times a topic removed events before they were archived", ["source"]
)
WRITTEN = Counter("headrace_written_rows", "Feature rows written to the online store")
FEATURES = Gauge("headrace_features", "Features defined", ["entity"])
ENTITIES = Gauge("headrace_entities", "Entities in the state of this worker", ["entity"])
STATE_BYTES = Gauge("headrace_state_bytes", "Size of the tiles in the state of this worker, in bytes", ["entity"])
FRESHNESS = Histogram(
    "headrace_freshness_seconds",
    "Seconds from publishing to readability in the online store, for the oldest event of each write",
    buckets=[0.001 * 1.25**i for i in range(62)],
)


class Shard(Protocol):
    """The sizes that a shard reports on each scrape."""

    @property
    def entities(self) -> int:
        """Number of entities in the shard."""

    @property
    def size(self) -> int:
        """Size of the shard's state in bytes."""


_SHARDS: dict[str, WeakSet[Shard]] = {}


def watch_shard(entity_id: str, shard: Shard) -> None:
    """Adds a shard to the gauges of its entity type until it is garbage-collected."""
    if entity_id not in _SHARDS:
        shards = _SHARDS[entity_id] = WeakSet()
        ENTITIES.labels(entity_id).set_function(lambda: _sum(tracked.entities for tracked in shards))
        STATE_BYTES.labels(entity_id).set_function(lambda: _sum(tracked.size for tracked in shards))
    _SHARDS[entity_id].add(shard)


def _sum(numbers: Iterable[int]) -> float:
    return float(sum(numbers))
