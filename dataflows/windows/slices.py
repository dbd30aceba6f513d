"""Applies the events of a slice of publish time together while a backlog is read."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain

from bytewax.operators import StatefulBatchLogic

from connectors.messages import CatchUpProgress
from dataflows.compiler import source_inputs
from dataflows.definitions import Feature
from dataflows.ingest import ShardBatch, in_time_order, split_at
from dataflows.windows import slice_snapshots
from dataflows.windows.messages import Item, Outcome

Logic = StatefulBatchLogic[Item, Outcome, bytes]
SliceBuffer = dict[tuple[str, int], list[ShardBatch]]
"""Buffered events by the process that read them and the number of their slice."""


def sliced(build: Callable[[bytes | None], Logic], features: Iterable[Feature]) -> Callable[[bytes | None], Logic]:
    """Wraps the builder of a shard so that it applies slices as a whole."""
    layout = repr(source_inputs(features))
    return lambda snapshot: SlicedShard(build, layout, snapshot)


class SlicedShard(StatefulBatchLogic[Item, Outcome, bytes]):
    """Buffers the events of incomplete slices, and delegates the rest to the shard that `build` creates.

    Events that an earlier run buffered are `restored`, and applied with the slices that their times fall into. `layout`
    identifies the columns of the events by the definitions. Raises DefinitionsChanged, SnapshotDamaged.
    """

    def __init__(self, build: Callable[[bytes | None], Logic], layout: str, snapshot: bytes | None) -> None:
        self._layout = layout
        self._buffer = SliceBuffer()
        self._restored, shard = slice_snapshots.load(snapshot, layout)
        self._shard = build(shard)

    def on_batch(self, values: list[Item]) -> tuple[Iterable[Outcome], bool]:
        """Applies the slices that are complete."""
        if not self._buffer and not self._restored and not any(map(_is_shared, values)):
            return self._shard.on_batch(values)
        return self._shard.on_batch([due for item in values for due in self._due(item)])

    def on_notify(self) -> tuple[Iterable[Outcome], bool]:
        """Delegates to the shard."""
        return self._shard.on_notify()

    def on_eof(self) -> tuple[Iterable[Outcome], bool]:
        """Delegates to the shard; keeps the buffer, because the next run completes its slices."""
        return self._shard.on_eof()

    def notify_at(self) -> datetime | None:
        """Delegates to the shard."""
        return self._shard.notify_at()

    def snapshot(self) -> bytes:
        """Encodes the buffered events and the shard."""
        buffered = [*self._restored, *chain.from_iterable(self._buffer.values())]
        return slice_snapshots.dump(self._layout, buffered, self._shard.snapshot())

    def _due(self, item: Item) -> Iterator[Item]:
        """Yields the items to apply: the slices that this item completes, then the item itself, unless it is
        buffered."""
        if not isinstance(item, ShardBatch) or not item.cut.arrivals.progress:
            yield item
            return
        progress = item.cut.arrivals.progress[-1]
        yield from in_time_order(self._completed(progress))
        if progress.until_ms is None or not (progress.shared or self._restored):
            yield item
            return
        if len(item.rows):
            self._buffer.setdefault((progress.process, progress.slice), []).append(item)
        yield ShardBatch(item.cut, range(0))  # moves the shard's clock

    def _completed(self, progress: CatchUpProgress) -> list[ShardBatch]:
        """Takes the events of complete slices from the buffer, with the restored events that fall into them."""
        slices = [
            key for key in sorted(self._buffer) if key[0] == progress.process and key[1] < progress.complete_before
        ]
        completed = [batch for key in slices for batch in self._buffer.pop(key)]
        if self._restored:
            until = math.inf if progress.until_ms is None else progress.until_ms
            due, self._restored = split_at(self._restored, until)
            completed += due
        return completed


def _is_shared(item: Item) -> bool:
    return isinstance(item, ShardBatch) and any(progress.shared for progress in item.cut.arrivals.progress)
