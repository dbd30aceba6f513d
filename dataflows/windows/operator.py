"""The one stateful step: a shard of an entity type with its tiles and its timer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from bytewax.operators import StatefulBatchLogic

from connectors.steady_clock import STEADY
from dataflows.compiler import TileLayouts
from dataflows.ingest import ShardBatch
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints
from dataflows.kernels.strings.arrow_strings import gather
from dataflows.kernels.strings.string_array import Strings
from dataflows.metrics import watch_shard
from dataflows.state import (
    WHOLE,
    BaseSnapshots,
    CheckpointPolicy,
    RowIntervals,
    StepResult,
    TileStore,
    compact,
    load,
)
from dataflows.windows.clocks import Clock, mark_of
from dataflows.windows.messages import Item, LateRows, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.row_texts import RowTexts
from dataflows.windows.warming import warm_ups


@dataclass(frozen=True, slots=True)
class WindowOperator:
    """Builds the shards of an entity type.

    `clock_of` creates a shard's clock from the marks of its snapshot. Features that a snapshot does not hold begin to
    count at `begun` (ms, start of the run); a shard without a snapshot counts from `since` (ms; 0: it reads its topics
    from their start, so that nothing in it is warming up). Snapshots that `missed` a run lack its events: such a shard
    starts over. In each interval that `parts` returns, an entity has its own row, even if one batch spans several.
    """

    entity_id: str
    layouts: TileLayouts
    clock_of: Callable[[Mapping[str, int]], Clock]
    begun: int
    since: int
    bases: BaseSnapshots = field(default_factory=BaseSnapshots)
    missed: bool = False
    parts: Callable[[], RowIntervals] = lambda: WHOLE

    def __call__(self, snapshot: bytes | None) -> "ShardLogic":
        """Creates or restores the logic of one shard. Raises SnapshotDamaged and BaseMissing."""
        usable = None if self.missed else snapshot
        since = self.since if snapshot is None else self.begun
        marks, tiles, changed, reference = load(usable, self.layouts, since, self.bases.loaded)
        if reference is not None:
            del self.bases.loaded[reference.base]
        watch_shard(self.entity_id, tiles)
        return ShardLogic(tiles, self.clock_of(marks), changed, CheckpointPolicy(self.bases, reference), self.parts)


class ShardLogic(StatefulBatchLogic[Item, Outcome, bytes]):
    """One shard: events and clock signals in, feature rows and late events out."""

    def __init__(
        self,
        tiles: TileStore,
        clock: Clock,
        changed: bool,
        checkpoints: CheckpointPolicy,
        parts: Callable[[], RowIntervals],
    ) -> None:
        self.tiles, self._parts = tiles, parts
        self._checkpoints = checkpoints
        self._clock = clock
        self._changed = changed
        self._texts_before = 0
        self._texts = RowTexts(tiles.layout)
        self._warming = warm_ups(tiles.layout.features, tiles.layout.since)
        self._oldest_ms = tiles.oldest_event_ms

    def on_batch(self, values: list[Item]) -> tuple[Iterable[Outcome], bool]:
        """Applies items, and emits a base snapshot when one is due."""
        outcomes = [outcome for value in values for outcome in self._take(value)]
        if base := self._checkpoints.base(self.tiles):
            outcomes.append(base)
        return outcomes, self.RETAIN

    def on_notify(self) -> tuple[Iterable[Outcome], bool]:
        """Emits the boundaries that are due."""
        now = self._clock.time()
        return self._rows(self.tiles.advance(now).rows, now), self.RETAIN

    def on_eof(self) -> tuple[Iterable[Outcome], bool]:
        """Emits nothing: an end of input is a pause, so windows stay as they are."""
        return [], self.RETAIN

    def rows_at(self, time: int) -> list[ShardRows]:
        """Returns all rows at a time (ms) that is not earlier than any event."""
        return [rows for rows in self._rows(self.tiles.rows_at(time), time) if isinstance(rows, ShardRows)]

    def notify_at(self) -> datetime | None:
        """Returns when the next boundary is due, if time passes without events."""
        if not self._clock.wakes or self.tiles.next_due == offsets.NEVER:
            return None
        return STEADY.date(self.tiles.next_due)

    def snapshot(self) -> bytes:
        """Compacts the shard and returns it as bytes: in full, or as a delta against its base."""
        self._compact()
        return self._checkpoints.snapshot(self.tiles, self._clock.marks())

    def _take(self, item: Item) -> list[Outcome]:
        match item:
            case ShardBatch():
                return self._apply(item)
            case ReemitAll():
                return self._rows(self.tiles.refill(), item.published_ms)
            case RunStarted():
                return self._announce(item.published_ms)

    def _announce(self, published_ms: int) -> list[Outcome]:
        """Emits every row once after a change of definitions, so that readers see the new features at once."""
        changed, self._changed = self._changed, False
        return self._rows(self.tiles.refill(), published_ms) if changed else []

    def _compact(self) -> None:
        state = compact(self.tiles.state, self.tiles.layout, self._texts_before)
        if state is not self.tiles.state:
            self.tiles.state = state
            self._texts_before = int(state.meta[offsets.TEXTS])

    def _apply(self, item: ShardBatch) -> list[Outcome]:
        arrivals = item.cut.arrivals
        for progress in arrivals.progress:
            self._clock.observe_progress(progress)
        before = self._clock.time()
        for raw in arrivals.batches:
            self._clock.observe(mark_of(item.cut.source, raw.partition), item.cut.newest, raw.ended)
        now = self._clock.time()
        if not item.rows and self.tiles.next_due > now:
            return []
        for column, (texts, valid) in item.cut.texts.items():
            self.tiles.intern(item.cut.batch, column, texts, valid, item.rows)
        stepped = self._step(item, before, now)
        outcomes = self._rows(stepped.rows, arrivals.published_ms)
        if len(stepped.late):
            outcomes.append(LateRows(item.cut.source, arrivals, np.sort(item.cut.rows[stepped.late])))
        return outcomes

    def _step(self, item: ShardBatch, before: int, now: int) -> StepResult:
        if not item.rows:
            return self.tiles.advance(now)
        return self.tiles.step(item.cut.source, item.cut.batch, item.rows, before, now, self._parts())

    def _rows(self, words: Ints, published_ms: int) -> list[Outcome]:
        if not len(words):
            return []
        state = self.tiles.state
        where = np.ascontiguousarray(words[:, : offsets.OUT_AS_OF].T)
        ids = Strings(*gather(where[offsets.OUT_START], where[offsets.OUT_LENGTH], state.ids))
        return [ShardRows(ids, words, self._texts(state, words), self._warming, published_ms, self._oldest_ms)]
