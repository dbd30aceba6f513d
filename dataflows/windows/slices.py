"""A shard that, while a backlog is read, takes the events of a slice of publish time together, when that is whole."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import itemgetter

from bytewax.operators import StatefulBatchLogic

from connectors.errors import ExitCode, HeadraceError
from connectors.messages import Reached
from dataflows.compiler import source_inputs
from dataflows.definitions import Feature
from dataflows.ingest import ShardBatch, in_time_order
from dataflows.windows.messages import Item, Outcome

Logic = StatefulBatchLogic[Item, Outcome, bytes]
Held = dict[tuple[str, int], list[ShardBatch]]
"""By the process that read it and the number of its slice."""
_HELD = b"HELD\x01"


class DefinitionsChanged(HeadraceError):
    """A run was killed while it read a backlog, and the events that it held are of other definitions."""

    exit_code = ExitCode.STATE


def sliced(build: Callable[[bytes | None], Logic], features: Iterable[Feature]) -> Callable[[bytes | None], Logic]:
    """How a shard of these features is built that takes slices whole."""
    layout = repr(source_inputs(features))
    return lambda snapshot: SlicedShard(build, layout, snapshot)


class SlicedShard(StatefulBatchLogic[Item, Outcome, bytes]):
    """Holds the events of slices that are not whole; otherwise it is the shard that `build` makes of a snapshot.

    `layout` names what the held events are made of: their columns are those of the definitions.
    """

    def __init__(self, build: Callable[[bytes | None], Logic], layout: str, snapshot: bytes | None) -> None:
        self._layout = layout
        self._held, kept = _loaded(snapshot, layout)
        self._shard = build(kept)

    def on_batch(self, values: list[Item]) -> tuple[Iterable[Outcome], bool]:
        """Applies what is whole."""
        if not self._held and not any(map(_shared, values)):
            return self._shard.on_batch(values)
        return self._shard.on_batch([due for item in values for due in self._due(item)])

    def on_notify(self) -> tuple[Iterable[Outcome], bool]:
        """As the shard does."""
        return self._shard.on_notify()

    def on_eof(self) -> tuple[Iterable[Outcome], bool]:
        """What is held is applied, so that the next run may have other definitions."""
        outcomes = list(self._shard.on_batch(list(self._released()))[0]) if self._held else []
        return [*outcomes, *self._shard.on_eof()[0]], self.RETAIN

    def notify_at(self) -> datetime | None:
        """As the shard does."""
        return self._shard.notify_at()

    def snapshot(self) -> bytes:
        """The shard, behind what is held."""
        kept = self._shard.snapshot()
        if not self._held:
            return kept
        held = pickle.dumps((self._layout, self._held))
        return _HELD + len(held).to_bytes(8, "little") + held + kept

    def _due(self, item: Item) -> Iterator[Item]:
        """What may be applied now that an item has come: earlier slices, then the item, unless it is held."""
        if not isinstance(item, ShardBatch) or not item.cut.arrivals.reached:
            yield item
            return
        told = item.cut.arrivals.reached[-1]
        yield from self._released(told)
        if told.until_ms is None or not told.shared:
            yield item
            return
        if len(item.rows):
            self._held.setdefault((told.process, told.slice), []).append(item)
        yield ShardBatch(item.cut, range(0))  # the clock hears of it

    def _released(self, told: Reached | None = None) -> Iterator[Item]:
        """The events of the slices that are whole, slice by slice; of all if nothing is told."""
        for process, number in sorted(self._held, key=itemgetter(1)):
            if told is None or (process == told.process and number < told.whole):
                yield from in_time_order(self._held.pop((process, number)))


def _shared(item: Item) -> bool:
    return isinstance(item, ShardBatch) and any(told.shared for told in item.cut.arrivals.reached)


def _loaded(snapshot: bytes | None, layout: str) -> tuple[Held, bytes | None]:
    """What was held and the snapshot of the shard. Raises DefinitionsChanged."""
    if snapshot is None or not snapshot.startswith(_HELD):
        return {}, snapshot
    start = len(_HELD) + 8
    end = start + int.from_bytes(snapshot[len(_HELD) : start], "little")
    made_of, held = pickle.loads(snapshot[start:end])
    if made_of != layout:
        raise DefinitionsChanged(
            "the last run was killed while it read a backlog, and definitions have changed since; start it once more "
            "with the earlier definitions and stop it with SIGTERM, then change them"
        )
    return held, snapshot[end:]
