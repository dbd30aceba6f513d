"""Answers questions from feature topics, in two stages of a job."""

from collections.abc import Sequence
from functools import partial

from bytewax.dataflow import Dataflow

from dataflows.history.execution import Execution
from dataflows.history.folding import HistoryShards, each_alone
from dataflows.history.job import Job
from dataflows.history.job_stages import shards_stage, spill_stage
from dataflows.history.served.feature_topic import FeatureTopic
from dataflows.history.served.flows import HistoryOf, records_flow, served_flow
from dataflows.history.served.lookup import served_pieces
from dataflows.history.shards import FinishedShards, finished
from dataflows.history.spill import ResumedSource, readings_of

_STAGE = "served"


def answer_served(job: Job, topics: Sequence[FeatureTopic], history_of: HistoryOf, execution: Execution) -> bool:
    """Answers the questions of a job in the mode `served`; returns False if it was stopped before the end."""
    sources = {topic.name: history_of(topic.name) for topic in topics}
    ledger = job.records.ledger

    def resumed_source(name: str) -> ResumedSource:
        return ResumedSource(name, sources[name], readings_of(ledger), execution.stopping)

    records = partial(records_flow, topics, job, resumed_source)
    if not execution.stages.carry_out(job, spill_stage("records", records, job.records, sources)):
        return False
    return execution.stages.carry_out(job, shards_stage(job, _STAGE, partial(_looked_up, job, topics, execution)))


def _looked_up(job: Job, topics: Sequence[FeatureTopic], execution: Execution) -> Dataflow:
    done = finished(job.ledger(_STAGE), job.shards)
    pieces = HistoryShards(
        each_alone(job.shards), done, served_pieces(job, topics, execution.most_together), execution.stopping
    )
    return served_flow(pieces, job, FinishedShards(job.ledger(_STAGE)))
