"""Begins every fold of history: spills events by shard, and returns the shards left to fold."""

from functools import partial

from dataflows.definitions import Definitions, Source
from dataflows.graph import used_sources
from dataflows.history.execution import Execution
from dataflows.history.flows import SpillTerms, spill_flow
from dataflows.history.folding import Fold, HistoryShards
from dataflows.history.job import Job
from dataflows.history.job_stages import spill_stage
from dataflows.history.shards import FinishedShards, finished, groups_of
from dataflows.history.shards.shard_pieces import ShardPiece
from dataflows.history.spill import ResumedSource, readings_of
from dataflows.run import InputOf


def spill(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, terms: SpillTerms) -> bool:
    """Writes the events of the sources by shard; returns False if it was stopped before the end."""
    sources = {source.name: source_of(source) for source in used_sources(definitions)}

    def resumed_source(source: Source) -> ResumedSource:
        return ResumedSource(source.name, sources[source.name], readings_of(job.spill.ledger), execution.stopping)

    parallel = not terms.counted_ms  # the sampler of events serves one thread
    writers = execution.stages.writers if parallel else execution.stages.writers[:1]
    flow = partial(spill_flow, definitions, job, resumed_source, execution.run, terms, writers)
    return execution.stages.carry_out(job, spill_stage("spill", flow, job.spill, sources, parallel))


def shards_left(
    job: Job, definitions: Definitions, stage: str, fold: Fold[ShardPiece], execution: Execution
) -> HistoryShards[ShardPiece]:
    """Returns the shards that are left to fold."""
    done = finished(job.ledger(stage), job.shards)
    groups = groups_of(job, definitions.entity_ids, execution.most_together)
    return HistoryShards(groups, done, fold, execution.stopping, execution.folded)


def finished_shards(job: Job, stage: str, execution: Execution) -> FinishedShards:
    """Returns the sink that records which shards a stage has folded."""
    return FinishedShards(job.ledger(stage), execution.stages.process)
