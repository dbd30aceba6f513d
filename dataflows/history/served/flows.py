"""The dataflows of what was served: records are spilled by shard, then each shard is asked.

feature topics -> decode -> cut by shard -> files     |     shards -> look up -> answers -> files
"""

from collections.abc import Callable, Sequence
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from connectors.messages import RawBatch
from dataflows.graph import topic_step
from dataflows.history.answer_files import write_answers
from dataflows.history.folding import HistoryShards
from dataflows.history.job import Job
from dataflows.history.served.feature_topic import FeatureTopic
from dataflows.history.served.lookup import ServedShard
from dataflows.history.served.spilled_records import RecordReader, arrow_of_records
from dataflows.history.spill import SpillSink

HistoryOf = Callable[[str], FixedPartitionedSource[RawBatch, bytes]]
"""The name of a topic -> a source of what is read of it."""


def records_flow(topics: Sequence[FeatureTopic], job: Job, history_of: HistoryOf) -> Dataflow:
    """Reads feature topics and spills their records."""
    flow = Dataflow("headrace_records")
    names = [topic.name for topic in topics]
    spilled = [
        op.filter_map(
            f"decode_{topic_step(topic.name, names)}",
            op.input(f"read_{topic_step(topic.name, names)}", flow, history_of(topic.name)),
            RecordReader(topic),
        )
        for topic in topics
    ]
    sink = SpillSink(job.records, partial(arrow_of_records, shards=job.shards))
    op.output("spill", op.merge("spilled", *spilled), sink)
    return flow


def served_flow(pieces: HistoryShards[ServedShard], job: Job) -> Dataflow:
    """Looks up the records that each shard is asked for; the answers leave to files of the job."""
    flow = Dataflow("headrace_served")
    op.output("answers", op.input("shards", flow, pieces), ServedAnswerFiles(job))
    return flow


class ServedAnswerFiles(DynamicSink[ServedShard]):
    """Writes `answers/served/<entity>/shard-NNN.arrow`, each whole or not at all."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_ServedWriter":
        return _ServedWriter(self._job)


class _ServedWriter(StatelessSinkPartition[ServedShard]):
    def __init__(self, job: Job) -> None:
        self._job = job

    def write_batch(self, items: list[ServedShard]) -> None:
        for piece in items:
            write_answers(self._job.answers("served", piece.entity_id, piece.shard), piece.answers)
