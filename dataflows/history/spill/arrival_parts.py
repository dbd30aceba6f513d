"""Cuts a batch of events by the interval of their arrival, as a live run would have received them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from connectors.messages import RawBatch
from dataflows.ingest import EventBatch, MergedBatch
from dataflows.kernels.arrays import Ints


def by_arrival(events: EventBatch, length_ms: int) -> Iterator[tuple[int, EventBatch]]:
    """Yields the parts of a batch by the start (ms) of their interval; usually the whole batch."""
    payloads = len(events.arrivals.payloads)
    starts = events.arrivals.arrived(np.arange(payloads)) // length_ms * length_ms
    for start in np.unique(starts).tolist():
        rows = np.flatnonzero(starts == start)
        yield start, events if len(rows) == payloads else _part(events, rows)


def _part(events: EventBatch, rows: Ints) -> EventBatch:
    """Returns the events and rejects of these payloads."""
    wanted = np.isin(events.rows, rows)
    chosen = {row: place for place, row in enumerate(rows.tolist())}
    return replace(
        events,
        arrivals=MergedBatch(tuple(_cut(events.arrivals.batches, rows))),
        frame=events.frame.filter(wanted),
        times=events.times[wanted],
        rows=np.searchsorted(rows, events.rows[wanted]),
        rejects=tuple(replace(reject, row=chosen[reject.row]) for reject in events.rejects if reject.row in chosen),
    )


def _cut(batches: Sequence[RawBatch], rows: Ints) -> Iterator[RawBatch]:
    first = 0
    for batch in batches:
        positions = rows[(rows >= first) & (rows < first + len(batch.payloads))] - first
        if len(positions):
            yield _picked(batch, positions, MergedBatch((batch,)).arrived(positions))
        first += len(batch.payloads)


def _picked(batch: RawBatch, rows: Ints, arrivals: Ints) -> RawBatch:
    payloads = [batch.payloads[row] for row in rows.tolist()]
    oldest, newest = int(arrivals.min()), int(arrivals.max())
    position = batch.position
    return RawBatch(
        batch.partition, payloads, oldest, newest, lambda row: position(int(rows[row])), arrivals=lambda: arrivals
    )
