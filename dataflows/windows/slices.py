"""A shard that, while a backlog is read, takes the events of a slice of publish time together, when that is whole."""

import math
import pickle
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain

from bytewax.operators import StatefulBatchLogic

from connectors.errors import ExitCode, HeadraceError
from connectors.messages import Reached
from dataflows.compiler import source_inputs
from dataflows.definitions import Feature
from dataflows.ingest import ShardBatch, cut_at, in_time_order
from dataflows.windows.messages import Item, Outcome

Logic = StatefulBatchLogic[Item, Outcome, bytes]
Held = dict[tuple[str, int], list[ShardBatch]]
"""By the process that read it and the number of its slice."""
_HELD = b"HELD\x01"


class DefinitionsChanged(HeadraceError):
    """A run ended while it read a backlog, and the events that it held are of other definitions."""

    exit_code = ExitCode.STATE


def sliced(build: Callable[[bytes | None], Logic], features: Iterable[Feature]) -> Callable[[bytes | None], Logic]:
    """How a shard of these features is built that takes slices whole."""
    layout = repr(source_inputs(features))
    return lambda snapshot: SlicedShard(build, layout, snapshot)


class SlicedShard(StatefulBatchLogic[Item, Outcome, bytes]):
    """Holds the events of slices that are not whole; otherwise it is the shard that `build` makes of a snapshot.

    What an earlier run held is taken along with the slices in whose time it lies.

    `layout` names what the held events are made of: their columns are those of the definitions.
    """

    def __init__(self, build: Callable[[bytes | None], Logic], layout: str, snapshot: bytes | None) -> None:
        self._layout = layout
        self._held = Held()
        self._earlier, kept = _loaded(snapshot, layout)
        self._shard = build(kept)

    def on_batch(self, values: list[Item]) -> tuple[Iterable[Outcome], bool]:
        """Applies what is whole."""
        if not self._held and not self._earlier and not any(map(_shared, values)):
            return self._shard.on_batch(values)
        return self._shard.on_batch([due for item in values for due in self._due(item)])

    def on_notify(self) -> tuple[Iterable[Outcome], bool]:
        """As the shard does."""
        return self._shard.on_notify()

    def on_eof(self) -> tuple[Iterable[Outcome], bool]:
        """As the shard does: what is held is held on, for the next run to make it whole."""
        return self._shard.on_eof()

    def notify_at(self) -> datetime | None:
        """As the shard does."""
        return self._shard.notify_at()

    def snapshot(self) -> bytes:
        """The shard, behind what is held."""
        kept = self._shard.snapshot()
        held = [*self._earlier, *chain.from_iterable(self._held.values())]
        if not held:
            return kept
        held_bytes = pickle.dumps((self._layout, held))
        return _HELD + len(held_bytes).to_bytes(8, "little") + held_bytes + kept

    def _due(self, item: Item) -> Iterator[Item]:
        """What may be applied now that an item has come: earlier slices, then the item, unless it is held."""
        if not isinstance(item, ShardBatch) or not item.cut.arrivals.reached:
            yield item
            return
        told = item.cut.arrivals.reached[-1]
        yield from in_time_order(self._released(told))
        if told.until_ms is None or not (told.shared or self._earlier):
            yield item
            return
        if len(item.rows):
            self._held.setdefault((told.process, told.slice), []).append(item)
        yield ShardBatch(item.cut, range(0))  # the clock hears of it

    def _released(self, told: Reached) -> list[ShardBatch]:
        """The events of the slices that are whole, and those of an earlier run that lie in them."""
        whole = [key for key in sorted(self._held) if key[0] == told.process and key[1] < told.whole]
        released = [batch for key in whole for batch in self._held.pop(key)]
        if self._earlier:
            due, self._earlier = cut_at(self._earlier, math.inf if told.until_ms is None else told.until_ms)
            released += due
        return released


def _shared(item: Item) -> bool:
    return isinstance(item, ShardBatch) and any(told.shared for told in item.cut.arrivals.reached)


def _loaded(snapshot: bytes | None, layout: str) -> tuple[list[ShardBatch], bytes | None]:
    """What was held and the snapshot of the shard. Raises DefinitionsChanged."""
    if snapshot is None or not snapshot.startswith(_HELD):
        return [], snapshot
    start = len(_HELD) + 8
    end = start + int.from_bytes(snapshot[len(_HELD) : start], "little")
    made_of, held = pickle.loads(snapshot[start:end])
    if made_of != layout:
        raise DefinitionsChanged(
            "the last run ended while it read a backlog, and the values or filters of features have changed since; "
            "run the earlier definitions until the backlog is read, then change them"
        )
    return held, snapshot[end:]
