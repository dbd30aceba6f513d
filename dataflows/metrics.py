"""What a run counts, in the names Prometheus scrapes."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("headrace_events", "Events decoded", ["source"])
ROWS = Counter("headrace_rows", "Feature rows emitted", ["entity"])
DEAD_LETTERS = Counter("headrace_dead_letters", "Events not taken, by reason", ["source", "reason"])
WRITTEN = Counter("headrace_written_rows", "Feature rows readable in the online store")
FEATURES = Gauge("headrace_features", "Features defined", ["entity"])
ENTITIES = Gauge("headrace_entities", "Entities in the state of this worker", ["entity"])
STATE_BYTES = Gauge("headrace_state_bytes", "Bytes of tiles in the state of this worker", ["entity"])
FRESHNESS = Histogram(
    "headrace_freshness_seconds",
    "From publish to readable in the online store, oldest event of each write",
    buckets=[0.001 * 1.25**i for i in range(62)],
)
