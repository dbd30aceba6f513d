"""Connects the steps that observe events: counts by source and time, and samples."""

from collections.abc import Callable, Mapping, Sequence

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream

from dataflows.definitions import Definitions, Source
from dataflows.ingest import EventBatch
from dataflows.quality.concluding.lineages import read_columns
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.options import Quality
from dataflows.quality.sources.event_samples import EventSampler
from dataflows.quality.sources.source_counter import (
    SourceBatch,
    SourceCounter,
    event_counts,
    late_counts,
    published_ticks,
)
from dataflows.windows import LateRows
from reports.alerting import Observation, SourceCounts
from reports.records import source_key


def source_counts(
    events: Mapping[str, Stream[EventBatch]],
    late: Sequence[Stream[LateRows]],
    definitions: Definitions,
    quality: Quality,
) -> KeyedStream[Observation]:
    """Counts events, rejected events and late events by source, and samples events."""
    counted = [
        op.map(f"count_{source}", batches, counting(definitions.sources[source], definitions, quality))
        for source, batches in events.items()
    ]
    of_late = op.map("late_by_source", op.merge("late", *late), _late(quality))
    return op.stateful_batch("gather_sources", op.merge("counts", *counted, of_late), SourceCounter)


def counting(
    source: Source, definitions: Definitions, quality: Quality
) -> Callable[[EventBatch], tuple[str, SourceBatch]]:
    """Counts and samples the batches of a source."""
    key, sampler = source_key(source.name), EventSampler(source, read_columns(source, definitions))

    def count(events: EventBatch) -> tuple[str, SourceBatch]:
        arrived_ms = quality.arrived_at(events.arrivals)
        start = quality.intervals.start(arrived_ms)
        with error_boundary(key):
            sample = sampler(events, start, arrived_ms)
            counts = SourceCounts(
                key, {start: event_counts(events, arrived_ms)}, samples={} if sample is None else {start: sample}
            )
            return key, SourceBatch(counts, published_ticks(events.arrivals))
        return key, SourceBatch(SourceCounts(key, {}))

    return count


def _late(quality: Quality) -> Callable[[LateRows], tuple[str, SourceBatch]]:
    def count(late: LateRows) -> tuple[str, SourceBatch]:
        key, start = source_key(late.source), quality.intervals.start(quality.arrived_at(late.arrivals))
        return key, SourceBatch(SourceCounts(key, {start: late_counts(late)}))

    return count
