"""The answers to questions about a shard: values of its entities at given times, over all events or those known."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from dataflows.compiler import TileLayout
from dataflows.history.folding.joint_program import longest_reach
from dataflows.history.folding.numbered_ids import numbered, numbers_in
from dataflows.history.folding.shard_rows import folded_rows, words_of
from dataflows.history.folding.timelines import order_of, timeline
from dataflows.history.folding.walker import ShardWalker
from dataflows.history.job import Mode
from dataflows.history.spill import ShardEvents
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bools, Ints
from dataflows.windows import RowTexts, ShardRows


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions about the entities of a shard: `rows` number them, `times` are in ms."""

    rows: Ints
    ids: pl.Series
    times: Ints


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one mode, by `rows` of the questions, ascending."""

    mode: Mode
    rows: Ints
    folded: ShardRows


def read_questions(path: Path) -> Questions:
    """The questions of a file; none where there is no file."""
    if not path.exists():
        nothing = np.empty(0, np.int64)
        return Questions(nothing, pl.Series([], dtype=pl.String), nothing)
    frame = pl.read_ipc(path)
    return Questions(frame["row"].to_numpy(), frame["id"], frame["time"].to_numpy())


def questions_of_all(ids: pl.Series, times: Ints, ticks: Ints) -> Questions:
    """Asks for every entity at each of the ticks (ms) that is later than its first event."""
    first = pl.DataFrame({"id": ids, "time": times}).group_by("id").agg(pl.col("time").min()).sort("id")
    asked = first.join(pl.DataFrame({"tick": ticks}).with_row_index("row"), how="cross")
    asked = asked.filter(pl.col("tick") > pl.col("time")).sort("row", "id")
    return Questions(asked["row"].cast(pl.Int64).to_numpy(), asked["id"], asked["tick"].to_numpy())


def answers_of(layout: TileLayout, events: ShardEvents, asked: Questions, lag_ms: int) -> Iterator[Answers]:
    """The answers of each mode: `true` counts every event before the time, `known` those that had arrived, too."""
    ids = numbered(asked.ids)
    entities = numbers_in(events.ids, ids.ids)
    wanted = _wanted(layout, events, entities, ids.entities, asked.times)
    events, entities = events.only(wanted), entities[wanted]
    walker, texts, words = ShardWalker(layout, events, len(ids.ids)), RowTexts(layout), words_of(events)
    order = np.lexsort((asked.times, ids.entities))
    for mode, keys in _keys(events, lag_ms):
        by_key = order_of(entities, keys, words)
        line = timeline(entities, keys, by_key, walker.stay_ms, ids.entities[order], asked.times[order])
        folded = np.concatenate([_nothing(layout), *walker.answers(line)])[np.argsort(order)]
        yield Answers(mode, asked.rows, folded_rows(walker, folded, ids, texts, {}, 0))


def _wanted(layout: TileLayout, events: ShardEvents, entities: Ints, asked_of: Ints, asked_at: Ints) -> Bools:
    """The events that some question can see: of an entity that is asked, and in reach of its questions."""
    wanted: Bools = entities >= 0
    if not len(asked_of):
        return wanted
    first = np.full(int(asked_of.max()) + 1, offsets.NEVER)
    last = np.full(len(first), offsets.ALWAYS)
    np.minimum.at(first, asked_of, asked_at)
    np.maximum.at(last, asked_of, asked_at)
    wanted &= (events.times < last[entities]) & (events.times >= first[entities] - longest_reach(layout.any_program))
    return wanted


def _keys(events: ShardEvents, lag_ms: int) -> Iterator[tuple[Mode, Ints]]:
    """Per mode, the last time (ms) at which a question does not yet see an event."""
    yield "true", events.times
    yield "known", np.maximum(events.arrivals + (lag_ms - 1), events.times)


def _nothing(layout: TileLayout) -> Ints:
    return np.empty((0, offsets.OUT_WORDS + layout.folded_words), np.int64)
