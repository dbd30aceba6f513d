"""Answers questions about a shard: values of its entities at given times, over all events or those known then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from dataflows.compiler import TileLayout
from dataflows.history.folding.joint_program import longest_reach
from dataflows.history.folding.shard_rows import folded_rows
from dataflows.history.folding.timelines import digests_of, order_of, timeline
from dataflows.history.folding.walker import ShardWalker
from dataflows.history.job import Mode
from dataflows.history.numbered_ids import NumberedIds, numbered, numbers_in, side_by_side
from dataflows.history.spill import ShardEvents
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bools, Ints, Timeline
from dataflows.kernels.history.walk import asked_too_early
from dataflows.windows import RowTexts, ShardRows


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions about the entities of a shard: `rows` holds their numbers, `times` is in ms.

    `numbered` holds the ids of the shards one after another, if they are already numbered.
    """

    rows: Ints
    ids: pl.Series
    times: Ints
    numbered: NumberedIds | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one mode, by `rows` of the questions, ascending."""

    mode: Mode
    rows: Ints
    folded: ShardRows


def read_questions(paths: Iterable[Path]) -> Questions:
    """Reads the questions of files by their rows; none if no file exists."""
    frames = [pl.read_ipc(path) for path in paths if path.exists()]
    if not frames:
        nothing = np.empty(0, np.int64)
        return Questions(nothing, pl.Series([], dtype=pl.String), nothing)
    frame, ids = pl.concat(frames), side_by_side([numbered(frame["id"]) for frame in frames])
    order = np.argsort(frame["row"].to_numpy(), kind="stable")
    in_order = replace(ids, entities=ids.entities[order])
    return Questions(frame["row"].to_numpy()[order], frame["id"][order], frame["time"].to_numpy()[order], in_order)


def answers_of(layout: TileLayout, events: ShardEvents, asked: Questions, lag_ms: int) -> Iterator[Answers]:
    """Yields the answers of each mode: `true` counts all events before the time, `known` those that had also
    arrived."""
    ids = asked.numbered or numbered(asked.ids)
    entities = numbers_in(events.ids, ids.ids) if events.numbers is None else events.numbers
    wanted = _visible_events(layout, events, entities, ids.entities, asked.times)
    walk = _AnswerWalk(layout, events, np.where(wanted, entities, offsets.NONE), ids, asked.times)
    yield Answers("true", asked.rows, walk.true())
    yield Answers("known", asked.rows, walk.from_known_events(lag_ms))


class _AnswerWalk:
    """Walks over the events of a shard that its questions can see; events with entity NONE are skipped."""

    def __init__(
        self, layout: TileLayout, events: ShardEvents, entities: Ints, ids: NumberedIds, asked_at: Ints
    ) -> None:
        digests = digests_of(events)
        order = order_of(entities, len(ids.ids), events.times, digests)
        self._ids, self._arrivals, self._digests = ids, events.arrivals[order], digests[order]
        self._walker, self._texts = ShardWalker(layout, events, len(ids.ids), order), RowTexts(layout)
        self._questions = np.lexsort((asked_at, ids.entities))
        asked = ids.entities[self._questions], asked_at[self._questions]
        self._line = timeline(entities[order], events.times[order], self._walker.stay_ms, *asked)
        self._true = np.concatenate([_nothing(layout), *self._walker.answers(self._line)])

    def true(self) -> ShardRows:
        """Returns the answers that all events give."""
        return self._rows(self._true)

    def from_known_events(self, lag_ms: int) -> ShardRows:
        """Returns the answers from known events; only questions before an earlier event was known are folded again."""
        keys = np.maximum(self._arrivals + (lag_ms - 1), self._line.keys)
        early = np.empty(len(self._questions), np.bool_)
        asked_too_early(self._line, keys, early)
        folded = self._true.copy()
        if early.any():
            folded[early] = np.concatenate(list(self._walker.answers(self._early(keys, early))))
        return self._rows(folded)

    def _early(self, keys: Ints, early: Bools) -> Timeline:
        """Returns these questions and their entities' events, which are seen when they became known."""
        asked_of, asked_at = self._line.asked_of[early], self._line.asked_at[early]
        concerned = np.zeros(len(self._ids.ids), np.bool_)
        concerned[asked_of] = True
        entities = self._line.entities
        again = np.where(concerned[entities], entities, offsets.NONE)
        order = order_of(again, len(self._ids.ids), keys, self._digests)
        return timeline(entities, keys, self._walker.stay_ms, asked_of, asked_at, order)

    def _rows(self, folded: Ints) -> ShardRows:
        """Returns the rows in question order."""
        in_order = np.empty_like(folded)
        in_order[self._questions] = folded
        return folded_rows(self._walker, in_order, self._ids, self._texts, {}, 0)


def _visible_events(layout: TileLayout, events: ShardEvents, entities: Ints, asked_of: Ints, asked_at: Ints) -> Bools:
    """Returns the events that some question can see: of a requested entity, within reach of its questions."""
    wanted: Bools = entities >= 0
    if not len(asked_of):
        return wanted
    first = np.full(int(asked_of.max()) + 1, offsets.NEVER)
    last = np.full(len(first), offsets.ALWAYS)
    np.minimum.at(first, asked_of, asked_at)
    np.maximum.at(last, asked_of, asked_at)
    wanted &= (events.times < last[entities]) & (events.times >= first[entities] - longest_reach(layout.any_program))
    return wanted


def _nothing(layout: TileLayout) -> Ints:
    return np.empty((0, offsets.OUT_WORDS + layout.folded_words), np.int64)
