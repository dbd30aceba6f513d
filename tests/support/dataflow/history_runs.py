"""Runs history over given batches: replays, and answers to questions.

>>> rows = replayed_history(definitions, {"orders": [[raw_batch("0", events)]]}, tmp_path)
>>> rows.newest()["user_id", "u1"].values["orders_7d"]
3
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from dataflows.definitions.loader import Definitions
from dataflows.history import Execution, Job, RowRequest, answer, execution_of, replay, shards_of
from dataflows.runtime.settings import Settings
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Partitions, ports
from tests.support.dataflow.outputs import Left

SHARDS = 3
Question = tuple[str, int]
"""An entity and a time (ms)."""


def replayed_history(
    definitions: Definitions,
    partitions: Partitions,
    folder: Path,
    asked: RowRequest | None = None,
    together: int = 1,
) -> Left:
    """Returns all rows of history on feature topics, and the final rows of entities in the online store.

    Folds each shard alone, or several `together`.
    """
    left = Left(definitions, runs=1)
    ends = ports(left, partitions, lambda _: None, [])
    asked = asked or RowRequest(topics=True)
    assert replay(Job(folder, SHARDS), definitions, ends, asked, _execution(together), {})
    return left


def answered(
    definitions: Definitions,
    partitions: Partitions,
    folder: Path,
    entity_id: str,
    questions: Sequence[Question],
    lag_ms: int = 0,
    together: int = 1,
) -> dict[str, pl.DataFrame]:
    """Returns the answers of each mode, in the order of the questions."""
    job = Job(folder, SHARDS)
    _ask(job, entity_id, questions)
    ends = ports(Left(definitions), partitions, lambda _: None, [])
    assert answer(job, definitions, ends.source, _execution(together), lag_ms)
    return {mode: _answers(job, mode, entity_id) for mode in ("true", "known")}


def _execution(together: int) -> Execution:
    settings = Settings(shards=SHARDS, sink_partitions=SINK_PARTITIONS)
    execution = execution_of(settings, lambda: 0, lambda flow: flow, lambda: False)
    return replace(execution, most_together=together)


def _ask(job: Job, entity_id: str, questions: Sequence[Question]) -> None:
    asked = (
        pl.DataFrame(
            {"id": [entity for entity, _ in questions], "time": [time for _, time in questions]},
            schema={"id": pl.String, "time": pl.Int64},
        )
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
    )
    shard = pl.Series("shard", shards_of(asked["id"], job.shards))
    for number in range(job.shards):
        path = job.questions(entity_id, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        asked.filter(shard == number).write_ipc(path)


def _answers(job: Job, mode: str, entity_id: str) -> pl.DataFrame:
    paths = [path for shard in range(job.shards) if (path := job.answers(mode, entity_id, shard)).exists()]
    return pl.concat([pl.read_ipc(path) for path in paths]).sort("row")
