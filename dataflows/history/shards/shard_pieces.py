"""What a folded shard consists of, piece by piece: rows of a period, or the answers of a mode."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dataflows.compiler import TileLayout, TileLayouts
from dataflows.definitions import Definitions
from dataflows.history.folding import Period, Questions, answers_of, questions_of_all, read_questions, rows_of
from dataflows.history.job import Job, Mode
from dataflows.history.spill import ShardEvents, read_shard
from dataflows.ingest import shard_key
from dataflows.kernels.arrays import Ints
from dataflows.windows import ShardRows

ALL_ENTITIES = ""


@dataclass(frozen=True, slots=True)
class ShardPiece:
    """Rows of a shard of an entity type, None after the last; answers have a `mode` and their questions' numbers.

    After those of all entity types comes one without an entity type.
    """

    entity_id: str
    shard: str
    rows: ShardRows | None
    mode: Mode | None = None
    questions: Ints | None = None


def row_pieces(
    definitions: Definitions, job: Job, period: Period, since: Mapping[str, int]
) -> Callable[[int], Iterator[ShardPiece]]:
    """The rows of each shard; `since` tells when the topics of an entity type begin that have lost messages (ms)."""
    layouts = _layouts(definitions, since)

    def fold(shard: int) -> Iterator[ShardPiece]:
        for entity_id, layout in layouts.items():
            for rows in rows_of(layout, read_shard(job.events / entity_id, layout, shard), period):
                yield ShardPiece(entity_id, shard_key(shard), rows)
            yield ShardPiece(entity_id, shard_key(shard), None)
        yield ShardPiece(ALL_ENTITIES, shard_key(shard), None)

    return fold


def answer_pieces(definitions: Definitions, job: Job, lag_ms: int) -> Callable[[int], Iterator[ShardPiece]]:
    """The answers to the questions of each shard, one piece a mode."""
    layouts = _layouts(definitions, {})

    def fold(shard: int) -> Iterator[ShardPiece]:
        for entity_id, layout in layouts.items():
            events = read_shard(job.events / entity_id, layout, shard)
            asked = _questions(job, entity_id, shard, events)
            for answers in answers_of(layout, events, asked, lag_ms) if len(asked.rows) else ():
                yield ShardPiece(entity_id, shard_key(shard), answers.folded, answers.mode, answers.rows)
        yield ShardPiece(ALL_ENTITIES, shard_key(shard), None)

    return fold


def _questions(job: Job, entity_id: str, shard: int, events: ShardEvents) -> Questions:
    ticks = job.ticks(entity_id)
    if ticks.exists():
        return questions_of_all(events.ids, events.times, np.array(json.loads(ticks.read_text())["times"], np.int64))
    return read_questions(job.questions(entity_id, shard))


def _layouts(definitions: Definitions, since: Mapping[str, int]) -> dict[str, TileLayout]:
    return {
        entity_id: layout_of(definitions, entity_id, since.get(entity_id, 0)) for entity_id in definitions.entity_ids
    }


def layout_of(definitions: Definitions, entity_id: str, since: int) -> TileLayout:
    """The layout of an entity type whose history is whole since a time (ms; 0: from the start)."""
    layouts = TileLayouts(definitions.of_entity(entity_id))
    return layouts.of({feature.feature_name: since for feature in layouts.stateful_features})
