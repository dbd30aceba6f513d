"""Computes the state of a running dataflow as plain numbers, for the panel and the plain lines."""

from collections import deque
from dataclasses import dataclass

from cli.dashboard.metrics_scrape import MetricsScrape, quantile, rates
from dataflows.definitions import entity_type_of

RECENT_S = 10.0  # period of rates and freshness, instead of the whole run


@dataclass(frozen=True, slots=True)
class SourceView:
    """Events of one source."""

    name: str
    a_second: float
    total: int


@dataclass(frozen=True, slots=True)
class EntityView:
    """Rows of one entity type, its entities, its state."""

    name: str
    a_second: float
    features: int
    entities: int
    state_bytes: int


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """Dead letters of one source for one reason."""

    source: str
    reason: str
    total: int


@dataclass(frozen=True, slots=True)
class DashboardView:
    """The state at one moment. Freshness in seconds, None if nothing was written recently."""

    up_s: float
    sources: tuple[SourceView, ...] = ()
    entities: tuple[EntityView, ...] = ()
    dead: tuple[DeadLetterView, ...] = ()
    p50_s: float | None = None
    p99_s: float | None = None


class RecentScrapes:
    """The scrapes of the last seconds; views compare the newest with the oldest of them."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._readings: deque[MetricsScrape] = deque()

    def add(self, reading: MetricsScrape) -> DashboardView:
        """Adds a scrape and returns the current view."""
        self._readings.append(reading)
        while len(self._readings) > 2 and reading.scraped_s - self._readings[0].scraped_s > RECENT_S:
            self._readings.popleft()
        return view(self._readings[0], reading, reading.scraped_s - self._started)


def view(old: MetricsScrape, new: MetricsScrape, up_s: float) -> DashboardView:
    """Returns the state at `new`, with rates since `old`."""
    return DashboardView(
        up_s=up_s,
        sources=_sources(old, new),
        entities=_entities(old, new),
        dead=_dead(new),
        p50_s=quantile(0.5, old, new),
        p99_s=quantile(0.99, old, new),
    )


def _sources(old: MetricsScrape, new: MetricsScrape) -> tuple[SourceView, ...]:
    name = "headrace_events_total"
    speed = rates(name, old, new)
    return tuple(SourceView(source, speed[source], int(n)) for source, n in sorted(new.by_first(name).items()))


def _entities(old: MetricsScrape, new: MetricsScrape) -> tuple[EntityView, ...]:
    speed = rates("headrace_rows_total", old, new)
    features = new.by_first("headrace_features")
    known, state = new.by_first("headrace_entities"), new.by_first("headrace_state_bytes")
    return tuple(
        EntityView(
            name=entity_type_of(entity_id),
            a_second=speed.get(entity_id, 0.0),
            features=int(count),
            entities=int(known.get(entity_id, 0.0)),
            state_bytes=int(state.get(entity_id, 0.0)),
        )
        for entity_id, count in sorted(features.items())
    )


def _dead(new: MetricsScrape) -> tuple[DeadLetterView, ...]:
    letters = sorted(new.of("headrace_dead_letters_total").items())
    return tuple(DeadLetterView(source, reason, int(count)) for (source, reason), count in letters if count)
