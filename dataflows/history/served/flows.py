"""Builds the dataflows of served values: spill records by shard, then look up each shard.

feature topics -> decode -> cut by shard -> files     |     shards -> look up -> answers -> files
"""

from collections.abc import Callable, Sequence
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource
from bytewax.operators import KeyedStream
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from connectors.messages import RawBatch
from dataflows.graph import topic_step
from dataflows.history.folding import HistoryShards
from dataflows.history.job import Job
from dataflows.history.served.feature_topic import FeatureTopic
from dataflows.history.served.lookup import ServedShard
from dataflows.history.served.spilled_records import RecordReader, SpilledRecords, arrow_of_records
from dataflows.history.shards import FinishedShards
from dataflows.history.shards.answer_files import write_answers
from dataflows.history.shards.shard_pieces import ALL_ENTITIES
from dataflows.history.spill import SpilledRead, SpillSink
from dataflows.ingest import shard_key

HistoryOf = Callable[[str], FixedPartitionedSource[RawBatch, bytes]]
"""Returns a source of a topic's extents by its name."""
_KEY = "0"
"""Key of the single process that reads feature topics."""


def records_flow(topics: Sequence[FeatureTopic], job: Job, history_of: HistoryOf) -> Dataflow:
    """Reads feature topics and spills their records."""
    flow = Dataflow("headrace_records")
    names = [topic.name for topic in topics]
    spilled = list[KeyedStream[SpilledRead[SpilledRecords]]]()
    for topic in topics:
        step = topic_step(topic.name, names)
        read = op.map(f"decode_{step}", op.input(f"read_{step}", flow, history_of(topic.name)), RecordReader(topic))
        spilled.append(op.map(f"spilled_{step}", read, lambda read: (_KEY, read)))
    sink = SpillSink(job.records, partial(arrow_of_records, shards=job.shards))
    op.output("spill", op.merge("spilled", *spilled), sink)
    return flow


def served_flow(pieces_of: HistoryShards[ServedShard], job: Job, noted: FinishedShards) -> Dataflow:
    """Looks up the records that each shard is asked for; the answers go to files of the job."""
    flow = Dataflow("headrace_served")
    pieces = op.input("shards", flow, pieces_of)
    answered = op.filter("answered", pieces, lambda piece: piece.entity_id != ALL_ENTITIES)
    op.output("answers", answered, ServedAnswerFiles(job))
    last = op.filter("last_pieces", pieces, lambda piece: piece.entity_id == ALL_ENTITIES)
    op.output("finished", op.map("finished_shards", last, lambda piece: (_KEY, shard_key(piece.shard))), noted)
    return flow


class ServedAnswerFiles(DynamicSink[ServedShard]):
    """Writes `answers/served/<entity>/shard-NNN.arrow` and its further parts, each whole or not at all."""

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
            write_answers(self._job.answers("served", piece.entity_id, piece.shard, piece.part), piece.answers)
