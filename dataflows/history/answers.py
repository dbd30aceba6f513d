"""Answers the questions of a data set from history."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bytewax.dataflow import Dataflow

from dataflows.definitions import Definitions
from dataflows.history.execution import Execution
from dataflows.history.flows import SpillTerms, answers_flow
from dataflows.history.folding import Fold, longest_reach
from dataflows.history.job import Job
from dataflows.history.job_stages import shards_stage
from dataflows.history.shards.shard_pieces import ShardPiece, answer_pieces, layout_of
from dataflows.history.spill import QuestionIds, question_ids
from dataflows.history.spilled_shards import finished_shards, shards_left, spill
from dataflows.kernels.offsets import NEVER
from dataflows.run import InputOf


def answer(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, lag_ms: int) -> bool:
    """Answers the questions of a job in every mode; returns False if it was stopped before the end."""
    asked = _question_ids(job, definitions, len(execution.stages.writers))
    terms = SpillTerms(NEVER, refuses_late=False, rejects=None, arrivals=True, asked=asked)
    if not spill(job, definitions, source_of, execution, terms):
        return False
    flow = partial(
        _answers, job, definitions, execution, answer_pieces(definitions, job, lag_ms, execution.most_together)
    )
    return execution.stages.carry_out(job, shards_stage(job, "answer", flow, parallel=True))


def _question_ids(job: Job, definitions: Definitions, threads: int) -> dict[str, QuestionIds]:
    """Returns the ids with questions, for entity types of which not every entity is asked."""

    def ids_of(entity_id: str) -> QuestionIds | None:
        reach = longest_reach(layout_of(definitions, entity_id, 0).any_program)
        return question_ids(_files(job, entity_id), reach)

    entity_ids = [entity_id for entity_id in definitions.entity_ids if not job.ticks(entity_id).exists()]
    with ThreadPoolExecutor(threads, "question_ids") as pool:
        asked_of = zip(entity_ids, pool.map(ids_of, entity_ids), strict=True)
        return {entity_id: asked for entity_id, asked in asked_of if asked is not None}


def _files(job: Job, entity_id: str) -> list[Path]:
    """Returns the files with the questions of all shards; a shard without questions may have no file."""
    return [job.questions(entity_id, shard) for shard in range(job.shards)]


def _answers(job: Job, definitions: Definitions, execution: Execution, fold: Fold[ShardPiece]) -> Dataflow:
    shards = shards_left(job, definitions, "answer", fold, execution)
    return answers_flow(definitions, shards, job, execution.run, finished_shards(job, "answer", execution))
