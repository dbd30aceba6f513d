"""Builds the dataflows that judge history: rows of active entities by shard, then the intervals of all shards.

shards -> walk -> rows of active entities -> files     |     files -> profiles -> judge -> reports, alerts
"""

from collections.abc import Callable
from dataclasses import replace

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink

from dataflows.definitions import Definitions
from dataflows.history.folding import HistoryShards
from dataflows.history.judging.history_intervals import HistoryIntervalsSource
from dataflows.history.judging.judged_until import JudgedUntil
from dataflows.history.shards import FinishedShards, ShardPiece, finished_pieces, is_of
from dataflows.quality import Quality, QualityPorts, judge


def active_flow(
    definitions: Definitions,
    pieces_of: HistoryShards[ShardPiece],
    files_of: Callable[[str], DynamicSink[ShardPiece]],
    noted: FinishedShards,
) -> Dataflow:
    """Folds every shard; the rows of active entities go to the files of their entity type."""
    flow = Dataflow("headrace_active")
    pieces = op.input("shards", flow, pieces_of)
    for entity_id in definitions.entity_ids:
        entity_pieces = op.filter(f"of_{entity_id}", pieces, is_of(entity_id))
        op.output(f"files_{entity_id}", entity_pieces, files_of(entity_id))
    op.output("finished", finished_pieces(pieces, noted.process), noted)
    return flow


def judge_flow(
    definitions: Definitions,
    intervals: HistoryIntervalsSource,
    ports: QualityPorts,
    quality: Quality,
    noted: JudgedUntil,
) -> Dataflow:
    """Judges the intervals in order; reports and alerts leave as in a live run."""
    flow, key = Dataflow("headrace_judge"), str(noted.process)
    observed = op.input("intervals", flow, intervals)
    observations = op.flat_map("observations", observed, lambda interval: interval.observations)
    judge(observations, None, definitions, ports, quality)
    op.output("judged", op.map("ends", observed, lambda interval: (key, replace(interval, observations=()))), noted)
    return flow
