"""Scrapes /metrics of a running dataflow, and computes rates and quantiles between two scrapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[str, ...]
Series = Mapping[Labels, float]

SERIES = {  # series -> labels that form its key
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
        """Returns a series by label values; empty before the first count."""
        return self.series.get(name, {})

    def by_first(self, name: str) -> dict[str, float]:
        """Returns a series with one label, by that label."""
        return {labels[0]: value for labels, value in self.of(name).items()}

    @property
    def ready(self) -> bool:
        """Returns whether the dataflow is built: it reports its number of features even before the first event."""
        return bool(self.of("headrace_features"))


def parse(text: str, scraped_s: float) -> MetricsScrape:
    """Parses the Prometheus text format; skips other series, and sums the workers of one process.

    >>> parse('headrace_rows_total{entity="user"} 3.0\\n', 0.0).by_first("headrace_rows_total")
    {'user': 3.0}
    """
    series: dict[str, dict[Labels, float]] = {}
    wanted = "\n".join(line for line in text.splitlines() if line.startswith(_NAMES))  # cheaper than parsing all lines
    for family in text_string_to_metric_families(wanted):
        for sample in family.samples:
            if sample.name in SERIES:
                key = tuple(sample.labels.get(label, "") for label in SERIES[sample.name])
                known = series.setdefault(sample.name, {})
                known[key] = known.get(key, 0.0) + sample.value
    return MetricsScrape(scraped_s, series)


def grown(name: str, old: MetricsScrape, new: MetricsScrape) -> dict[Labels, float]:
    """Returns the growth of each counter of a series; a counter that restarted counts from zero."""
    before = old.of(name)
    return {
        labels: value - before.get(labels, 0.0) if value >= before.get(labels, 0.0) else value
        for labels, value in new.of(name).items()
    }


def rates(name: str, old: MetricsScrape, new: MetricsScrape) -> dict[str, float]:
    """Returns the growth per second, by the first label."""
    seconds = max(new.scraped_s - old.scraped_s, 1e-9)
    return {labels[0]: growth / seconds for labels, growth in grown(name, old, new).items()}


def quantile(share: float, old: MetricsScrape, new: MetricsScrape) -> float | None:
    """Returns the freshness (s) that a share of the rows met between two scrapes; None without rows.

    Interpolates linearly inside a bucket, like Prometheus; beyond the last bound, returns that bound.
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
