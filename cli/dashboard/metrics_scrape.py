"""One look at a running dataflow's /metrics, and what lies between two looks: rates and quantiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[str, ...]
Series = Mapping[Labels, float]

SERIES = {  # series -> the labels that make its key
    "headrace_events_total": ("source",),
    "headrace_rows_total": ("entity",),
    "headrace_dead_letters_total": ("source", "reason"),
    "headrace_freshness_seconds_bucket": ("le",),
    "headrace_features": ("entity",),
    "headrace_entities": ("entity",),
    "headrace_state_bytes": ("entity",),
}
_NAMES = tuple(SERIES)


@dataclass(frozen=True, slots=True)
class MetricsScrape:
    """Counters and gauges at `scraped_s` (seconds, monotonic), by series and label values."""

    scraped_s: float
    series: Mapping[str, Series] = field(default_factory=dict)

    def of(self, name: str) -> Series:
        """A series by label values; empty while nothing was counted."""
        return self.series.get(name, {})

    def by_first(self, name: str) -> dict[str, float]:
        """A series with one label, by that label."""
        return {labels[0]: value for labels, value in self.of(name).items()}

    @property
    def ready(self) -> bool:
        """Whether the dataflow is built: it reports its number of features even before the first event."""
        return bool(self.of("headrace_features"))


def parse(text: str, scraped_s: float) -> MetricsScrape:
    """Read the Prometheus text format; series of no interest are skipped, workers of one process summed.

    >>> parse('headrace_rows_total{entity="user"} 3.0\\n', 0.0).by_first("headrace_rows_total")
    {'user': 3.0}
    """
    series: dict[str, dict[Labels, float]] = {}
    wanted = "\n".join(line for line in text.splitlines() if line.startswith(_NAMES))  # parsing costs more than that
    for family in text_string_to_metric_families(wanted):
        for sample in family.samples:
            if sample.name in SERIES:
                key = tuple(sample.labels.get(label, "") for label in SERIES[sample.name])
                known = series.setdefault(sample.name, {})
                known[key] = known.get(key, 0.0) + sample.value
    return MetricsScrape(scraped_s, series)


def grown(name: str, old: MetricsScrape, new: MetricsScrape) -> dict[Labels, float]:
    """By how much each counter of a series grew; a counter that restarted counts from zero."""
    before = old.of(name)
    return {
        labels: value - before.get(labels, 0.0) if value >= before.get(labels, 0.0) else value
        for labels, value in new.of(name).items()
    }


def rates(name: str, old: MetricsScrape, new: MetricsScrape) -> dict[str, float]:
    """Growth a second, by the first label."""
    seconds = max(new.scraped_s - old.scraped_s, 1e-9)
    return {labels[0]: growth / seconds for labels, growth in grown(name, old, new).items()}


def quantile(share: float, old: MetricsScrape, new: MetricsScrape) -> float | None:
    """The freshness (s) that a share of the rows between two readings kept; None when no row came.

    Linear inside a bucket, as Prometheus does it; beyond the last bound, that bound.
    """
    buckets = grown("headrace_freshness_seconds_bucket", old, new)
    counted = sorted((float(labels[0]), count) for labels, count in buckets.items())
    if not counted or counted[-1][1] <= 0:
        return None
    wanted = share * counted[-1][1]
    for (low, below), (high, upto) in pairwise([(0.0, 0.0), *counted]):
        if upto >= wanted and upto > below:
            return low if high == float("inf") else low + (high - low) * (wanted - below) / (upto - below)
    return counted[-1][0]
