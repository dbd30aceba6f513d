"""Computes the rows of a shard's entities over a period: every change, or the last row of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dataflows.compiler import TileLayout
from dataflows.history.folding.timelines import digests_of, order_of, timeline
from dataflows.history.folding.walker import ShardWalker
from dataflows.history.numbered_ids import NumberedIds, numbered
from dataflows.history.spill import ShardEvents
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, Timeline
from dataflows.windows import RowTexts, ShardRows, WarmUp, warm_ups


@dataclass(frozen=True, slots=True)
class PeriodSelector:
    """Selects rows with `since` < `as_of` <= `clock` (ms); `every` one, or the last of each entity at `clock`.

    With an interval, the rows after an entity's last event in each interval of that length; with `closing`, also the
    row at `clock` of each entity that has not left.
    """

    since: int
    clock: int
    every: bool = False
    interval_ms: int = 0
    closing: bool = False


def rows_of(layout: TileLayout, events: ShardEvents, period: PeriodSelector) -> Iterator[ShardRows]:
    """Yields the rows of a shard, entity by entity, each in the order of time."""
    ids, warming = numbered(events.ids), warm_ups(layout.features, layout.since)
    order = order_of(ids.entities, len(ids.ids), events.times, digests_of(events))
    walker, texts = ShardWalker(layout, events, len(ids.ids), order), RowTexts(layout)
    line = timeline(ids.entities[order], events.times[order], walker.stay_ms)
    for words in _walked(walker, line, period):
        yield folded_rows(walker, words, ids, texts, warming, period.clock)


def _walked(walker: ShardWalker, line: Timeline, period: PeriodSelector) -> Iterator[Ints]:
    if period.interval_ms:
        closing = period.clock if period.closing and period.clock > period.since else offsets.ALWAYS
        return walker.active_rows(line, period.since, period.interval_ms, closing)
    return walker.rows(line, period.since, period.clock, period.every)


def folded_rows(
    walker: ShardWalker, words: Ints, ids: NumberedIds, texts: RowTexts, warming: Mapping[str, WarmUp], clock: int
) -> ShardRows:
    """Returns folded words with their ids and texts."""
    of_rows = ids.strings(words[:, offsets.OUT_START])
    return ShardRows(of_rows, words, texts(walker.tiles.state, words), warming, clock)
