"""Keeps a bounded sample of a source's events: those with the smallest hash, independent of batches."""

from dataclasses import dataclass

import numpy as np
import polars as pl

MOST_EVENTS = 2_000
HASH = "_hash"
"""Column of a sample that holds the hash by which events are chosen."""


@dataclass(frozen=True, slots=True)
class EventSample:
    """Sampled events with their hash; samples merge in any order."""

    rows: pl.DataFrame

    def __add__(self, other: "EventSample") -> "EventSample":
        """Merges two samples: keeps the events with the smallest hashes."""
        return EventSample(smallest(self.rows.vstack(other.rows)))


def smallest(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the events with the smallest hashes, if there are more than fit."""
    if rows.height <= MOST_EVENTS:
        return rows
    return rows[np.argpartition(rows[HASH].to_numpy(), MOST_EVENTS)[:MOST_EVENTS]]
