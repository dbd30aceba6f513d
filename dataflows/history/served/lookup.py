"""Looks up the record that a feature topic held of an entity at a time: the last one published by then."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dataflows.history.folding import Questions, read_questions
from dataflows.history.job import Job
from dataflows.history.served.feature_topic import ID, TIME, FeatureTopic
from dataflows.history.served.spilled_records import read_records
from dataflows.history.shards.shard_pieces import ALL_ENTITIES, ticks_of
from dataflows.history.shards.tick_questions import tick_questions

_PLACE = "_place"


@dataclass(frozen=True, slots=True)
class ServedShard:
    """The values held of a shard's entities at the times of its questions, in order; the column `row` first.

    Answers about every entity also have their ids. The last piece of a shard is of ALL_ENTITIES.
    """

    entity_id: str
    shard: int
    answers: pl.DataFrame
    part: int = 0


def served_pieces(job: Job, topics: Sequence[FeatureTopic], most: int) -> Callable[[range], Iterator[ServedShard]]:
    """Returns a function that yields the answers of each shard, one piece per entity type with questions.

    If every entity is asked, pieces have about `most` questions.
    """
    entity_ids = sorted({topic.entity_id for topic in topics})

    def look_up(shards: range) -> Iterator[ServedShard]:
        for shard in shards:
            yield from look_up_one(shard)

    def look_up_one(shard: int) -> Iterator[ServedShard]:
        for entity_id in entity_ids:
            records = [
                read_records(job.records.events, topic, shard) for topic in topics if topic.entity_id == entity_id
            ]
            for part, asked in enumerate(_shard_questions(job, entity_id, shard, records, most)):
                rows = pl.DataFrame({"row": asked.rows})
                ids = [asked.ids.alias(ID)] if job.ticks(entity_id).exists() else []
                yield ServedShard(entity_id, shard, rows.hstack([*ids, *_values(asked, records)]), part)
        yield ServedShard(ALL_ENTITIES, shard, pl.DataFrame())

    return look_up


def last_published(asked: Questions, records: pl.DataFrame) -> pl.DataFrame:
    """Returns for each question the values of the last record published at or before its time, else nulls.

    Records of a partition are in its order: of those published in the same ms, the last one counts.
    """
    last = records.sort(TIME, maintain_order=True).unique([ID, TIME], keep="last", maintain_order=True)
    questions = pl.DataFrame({ID: asked.ids, TIME: asked.times}).with_row_index(_PLACE).sort(TIME)
    joined = questions.join_asof(last, on=TIME, by=ID, strategy="backward", check_sortedness=False)
    return joined.sort(_PLACE).drop(_PLACE, ID, TIME)


def _values(asked: Questions, records: Sequence[pl.DataFrame]) -> list[pl.Series]:
    return [column for of_topic in records for column in last_published(asked, of_topic).get_columns()]


def _shard_questions(
    job: Job, entity_id: str, shard: int, records: Sequence[pl.DataFrame], most: int
) -> Iterable[Questions]:
    """Returns the questions of a shard; without a spine, each tick asks entities whose first record was published by
    then."""
    ticks = ticks_of(job, entity_id)
    if ticks is None:
        asked = read_questions([job.questions(entity_id, shard)])
        return [asked] if len(asked.rows) else []
    published = pl.concat([of_topic.select(ID, TIME) for of_topic in records])
    times = published.get_column(TIME).to_numpy() - 1
    return tick_questions(published.get_column(ID), times, ticks, most)
