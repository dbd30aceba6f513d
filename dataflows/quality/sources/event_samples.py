"""Samples the events of a source by hash, so that a report can tell which column moved."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from dataflows.definitions import Source
from dataflows.ingest import EventBatch
from reports.alerting import HASH, MOST_EVENTS, EventSample, Start, smallest

Hashes = npt.NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
KEPT_STARTS = 4
"""Intervals whose hashes are remembered."""
SELDOM_MS = 100
"""Batches that follow sooner are skipped, so that a small batch does not pay for a sample."""


class EventSampler:
    """Selects the events whose hash, of time and entity, is among the smallest of their interval.

    Skips a batch that arrives sooner than `seldom_ms` after the last sampled one.
    """

    def __init__(self, source: Source, columns: Sequence[str], seldom_ms: int = SELDOM_MS) -> None:
        self._key, self._columns = next(iter(source.entities.values())), list(columns)
        self._seldom_ms = seldom_ms
        self._smallest: dict[Start, Hashes] = {}
        self._sampled_ms = 0

    def __call__(self, events: EventBatch, start: Start, arrived_ms: int) -> EventSample | None:
        """Returns the events of a batch that belong to the sample of its interval; None if there are none."""
        soon = 0 <= arrived_ms - self._sampled_ms < self._seldom_ms
        if not self._columns or not len(events.times) or soon:
            return None
        self._sampled_ms = arrived_ms
        hashes = _hashes(events, self._key)
        known = self._smallest.get(start, np.empty(0, np.uint64))
        rows = np.flatnonzero(hashes < known[-1]) if len(known) == MOST_EVENTS else np.arange(len(hashes))
        if not len(rows):
            return None
        self._remember(start, np.sort(np.concatenate([known, hashes[rows]]))[:MOST_EVENTS])
        chosen = [events.frame[name].gather(rows) for name in self._columns]
        return EventSample(smallest(pl.DataFrame([*chosen, pl.Series(HASH, hashes[rows])])))

    def _remember(self, start: Start, hashes: Hashes) -> None:
        self._smallest[start] = hashes
        while len(self._smallest) > KEPT_STARTS:
            del self._smallest[min(self._smallest)]


def _hashes(events: EventBatch, key: str) -> Hashes:
    """Returns hashes of events that do not depend on their batch."""
    ids = events.frame[key].hash(seed=0).to_numpy()
    mixed: Hashes = (events.times.astype(np.uint64) * GOLDEN) ^ ids
    scrambled: Hashes = (mixed ^ (mixed >> np.uint64(31))) * GOLDEN
    return scrambled
