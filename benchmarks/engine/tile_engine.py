"""Headrace's own operators over payloads in memory, up to feature rows: the part that `benchmarks.engine` measures."""

from collections.abc import Sequence
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import TestingSource

from benchmarks import w12
from connectors.messages import RawBatch
from dataflows.graph import decode, fold, route
from dataflows.quality.branch import ObservedStreams
from dataflows.rows.assembler import FeatureRows
from dataflows.run import Run
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.state.base_snapshots import BaseSnapshots
from dataflows.windows.clocks import Watermark

ARRIVAL_MS = 1_900_000_000_000


class Frames(DynamicSink[tuple[str, FeatureRows]], StatelessSinkPartition[tuple[str, FeatureRows]]):
    """Counts the rows."""

    def __init__(self) -> None:
        self.rows = 0

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Frames":
        return self

    def write_batch(self, items: list[tuple[str, FeatureRows]]) -> None:
        self.rows += sum(len(rows.frame) for _, rows in items)


class Payloads(FixedPartitionedSource[RawBatch, None]):
    """One partition of payload batches in memory."""

    def __init__(self, batches: Sequence[list[bytes]]) -> None:
        self._batches = batches

    def list_parts(self) -> list[str]:
        return ["memory"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Partition":
        return _Partition(self._batches)


class _Partition(StatefulSourcePartition[RawBatch, None]):
    def __init__(self, batches: Sequence[list[bytes]]) -> None:
        self._batches = iter(batches)

    def next_batch(self) -> list[RawBatch]:
        return [RawBatch("memory", next(self._batches), ARRIVAL_MS, ARRIVAL_MS, str)]

    def snapshot(self) -> None:
        return None


def flow(batches: Sequence[list[bytes]], frames: Frames) -> Dataflow:
    """Builds W12 with the event-time watermark and the default number of shards."""
    compile_kernels()
    definitions, graph = w12.definitions(), Dataflow("engine")
    (source,) = definitions.sources.values()
    events = decode(graph, lambda _: Payloads(batches), source, _run())
    woken, bases = op.input("watch", graph, TestingSource[Any]([])), BaseSnapshots()
    for entity_id, routed in route(events, source, definitions, _run(), ObservedStreams(woken)).items():
        rows, _ = fold(woken, [routed], entity_id, definitions, _run(), bases)
        op.output(f"count_{entity_id}", rows, frames)
    return graph


def _run() -> Run:
    shards = Settings.model_fields["shards"].default
    return Run(
        clock_of=lambda marks: Watermark(["orders/memory"], marks),
        now=lambda: ARRIVAL_MS,
        begun=0,
        everywhere=True,
        shards=shards,
        sink_partitions=1,
        prefix="bench",
    )
