"""A bounded sample of the events of a source: those whose hash is smallest, whatever the batches they came in."""

from dataclasses import dataclass

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
        return EventSample(smallest(pl.concat([self.rows, other.rows])))

    @property
    def highest(self) -> int | None:
        """The largest hash that still counts; None while there is room."""
        return None if self.rows.height < MOST_EVENTS else int(self.rows[HASH][-1])


def smallest(rows: pl.DataFrame) -> pl.DataFrame:
    """The events whose hash is smallest, ordered by it."""
    return rows.sort(HASH).head(MOST_EVENTS)
