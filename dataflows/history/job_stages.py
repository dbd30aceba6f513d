"""Defines the two kinds of stages: one reads partitions to their end, the other processes every shard."""

from collections.abc import Callable, Mapping

from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource

from connectors.messages import RawBatch
from dataflows.history.job import Job
from dataflows.history.shards import finished
from dataflows.history.spill import SpillFolder, place_of, readings_of
from dataflows.history.stages import Stage


def spill_stage(
    name: str,
    flow: Callable[[], Dataflow],
    spill: SpillFolder,
    sources: Mapping[str, FixedPartitionedSource[RawBatch, bytes]],
    parallel: bool = False,
) -> Stage:
    """Returns a stage that is complete when all partitions of these sources, by name, are spilled to their end."""

    def missing() -> list[str]:
        places = [place_of(source, part) for source, reader in sources.items() for part in reader.list_parts()]
        ended = {place for place, reading in readings_of(spill.ledger).items() if reading.ended}
        return [place for place in places if place not in ended]

    return Stage(name, flow, spill.ledger, spill.forget_unsealed, missing, parallel)


def shards_stage(job: Job, name: str, flow: Callable[[], Dataflow], parallel: bool = False) -> Stage:
    """Returns a stage that is complete when all shards are processed."""
    ledger = job.ledger(name)

    def missing() -> list[str]:
        done = finished(ledger, job.shards)
        return [f"shard {shard}" for shard in range(job.shards) if shard not in done]

    return Stage(name, flow, ledger, ledger.forget_prepared, missing, parallel)
