"""Sends heartbeats through the graph while events arrive."""

from collections.abc import Iterator, Mapping

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream

from connectors.redis.endpoints import FirstItem, Heartbeat, NewestPublishTime, StoreLost
from dataflows.definitions import Definitions
from dataflows.ingest import EventBatch

SELDOM_MS = 1_000


def beats(woken: Stream[object], sink_partitions: int) -> KeyedStream[object]:
    """Passes on the beats among the signals, one to each writer."""

    def every_writer(signal: object) -> Iterator[tuple[str, object]]:
        return ((str(number), signal) for number in range(sink_partitions if isinstance(signal, Heartbeat) else 0))

    return op.flat_map("beats", woken, every_writer)


def published(
    events: Mapping[str, Stream[EventBatch]], definitions: Definitions, sink_partitions: int
) -> list[KeyedStream[object]]:
    """Sends the reading progress of each source to each writer, at most once a second."""
    return [
        op.flat_map(f"published_{source}", stream, HeartbeatSelector(_types_of(source, definitions), sink_partitions))
        for source, stream in events.items()
    ]


def _types_of(source: str, definitions: Definitions) -> list[str]:
    return sorted({feature.entity_type for feature in definitions.features if feature.source == source})


class HeartbeatSelector:
    """Selects the batches of a source whose publish time has advanced by a second since the last heartbeat."""

    def __init__(self, entity_types: list[str], sink_partitions: int) -> None:
        self._types, self._writers, self._told_ms = entity_types, sink_partitions, 0

    def __call__(self, events: EventBatch) -> Iterator[tuple[str, object]]:
        """Yields a heartbeat per entity type and writer if the publish time has advanced enough."""
        newest = max(batch.newest_ms for batch in events.arrivals.batches)
        if newest < self._told_ms + SELDOM_MS or not len(events.times):
            return
        self._told_ms = newest
        for entity_type in self._types:
            for writer in range(self._writers):
                yield str(writer), NewestPublishTime(entity_type, newest)


def is_signal(item: object) -> bool:
    """Returns whether shards and monitors receive this item."""
    return isinstance(item, FirstItem | StoreLost)
