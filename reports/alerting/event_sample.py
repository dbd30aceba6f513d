"""A bounded sample of the events of a source: those whose hash is smallest, whatever the batches they came in."""

from dataclasses import dataclass

import numpy as np
import polars as pl

MOST_EVENTS = 2_000
HASH = "_hash"
"""The column of a sample that events are chosen by."""


@dataclass(frozen=True, slots=True)
class EventSample:
    """Some events with their hash; any samples merge."""

    rows: pl.DataFrame

    def __add__(self, other: "EventSample") -> "EventSample":
        """The events of both whose hash is smallest."""
        return EventSample(smallest(self.rows.vstack(other.rows)))


def smallest(rows: pl.DataFrame) -> pl.DataFrame:
    """The events whose hash is smallest, if there are more than fit."""
    if rows.height <= MOST_EVENTS:
        return rows
    return rows[np.argpartition(rows[HASH].to_numpy(), MOST_EVENTS)[:MOST_EVENTS]]
