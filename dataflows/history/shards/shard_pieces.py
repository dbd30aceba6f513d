"""Splits a folded shard into pieces: rows of a period, or the answers of a mode."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dataflows.compiler import TileLayout, TileLayouts
from dataflows.definitions import Definitions
from dataflows.history.folding import Fold, PeriodSelector, Questions, answers_of, read_questions, rows_of
from dataflows.history.job import Job, Mode
from dataflows.history.shards.tick_questions import tick_questions
from dataflows.history.spill import ShardEvents, read_shards
from dataflows.ingest import shard_key
from dataflows.kernels.arrays import Ints
from dataflows.windows import ShardRows

ALL_ENTITIES = ""


@dataclass(frozen=True, slots=True)
class ShardPiece:
    """Rows of an entity type, None after the last; answers have a `mode` and their questions' numbers, by `part`.

    They belong to shards that were folded together, and have the name of the first. After all entity types follows one
    piece without an entity type for each shard.
    """

    entity_id: str
    shard: str
    rows: ShardRows | None
    mode: Mode | None = None
    questions: Ints | None = None
    part: int = 0


def row_pieces(
    definitions: Definitions, job: Job, period: PeriodSelector, since: Mapping[str, int]
) -> Fold[ShardPiece]:
    """Returns a fold to rows; `since` maps entity types whose topics have lost messages to when these begin (ms)."""
    layouts = _layouts(definitions, since)

    def fold(shards: range) -> Iterator[ShardPiece]:
        for entity_id, layout in layouts.items():
            for rows in rows_of(layout, read_shards(job.events / entity_id, layout, shards), period):
                yield ShardPiece(entity_id, shard_key(shards.start), rows)
            yield ShardPiece(entity_id, shard_key(shards.start), None)
        yield from _finished(shards)

    return fold


def answer_pieces(definitions: Definitions, job: Job, lag_ms: int, most: int) -> Fold[ShardPiece]:
    """Returns a fold to answers, one piece per mode; if every entity is asked, about `most` answers per piece."""
    layouts = _layouts(definitions, {})

    def fold(shards: range) -> Iterator[ShardPiece]:
        for entity_id, layout in layouts.items():
            events = read_shards(job.events / entity_id, layout, shards)
            for part, asked in enumerate(_questions(job, entity_id, shards, events, most)):
                for answers in answers_of(layout, events, asked, lag_ms):
                    of_mode = answers.folded, answers.mode, answers.rows, part
                    yield ShardPiece(entity_id, shard_key(shards.start), *of_mode)
        yield from _finished(shards)

    return fold


def of_shards(fold: Fold[ShardPiece], chosen: range) -> Fold[ShardPiece]:
    """Folds only the chosen first shards; the others are finished at once."""

    def folded(shards: range) -> Iterator[ShardPiece]:
        if within := range(shards.start, min(shards.stop, chosen.stop)):
            yield from fold(within)
        yield from _finished(range(max(shards.start, chosen.stop), shards.stop))

    return folded


def _finished(shards: range) -> Iterator[ShardPiece]:
    return (ShardPiece(ALL_ENTITIES, shard_key(shard), None) for shard in shards)


def _questions(job: Job, entity_id: str, shards: range, events: ShardEvents, most: int) -> Iterable[Questions]:
    if (ticks := ticks_of(job, entity_id)) is not None:
        return tick_questions(events.ids, events.times, ticks, most)
    asked = read_questions(job.questions(entity_id, shard) for shard in shards)
    return [asked] if len(asked.rows) else []


def ticks_of(job: Job, entity_id: str) -> Ints | None:
    """Returns the times (ms) at which every entity of a type is asked; None with a spine."""
    path = job.ticks(entity_id)
    return np.array(json.loads(path.read_text())["times"], np.int64) if path.exists() else None


def _layouts(definitions: Definitions, since: Mapping[str, int]) -> dict[str, TileLayout]:
    return {
        entity_id: layout_of(definitions, entity_id, since.get(entity_id, 0)) for entity_id in definitions.entity_ids
    }


def layout_of(definitions: Definitions, entity_id: str, since: int) -> TileLayout:
    """Returns the layout of an entity type whose history is complete since a time (ms; 0: from the start)."""
    layouts = TileLayouts(definitions.of_entity(entity_id))
    return layouts.of({feature.feature_name: since for feature in layouts.stateful_features})
