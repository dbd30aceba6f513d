"""A dataflow that counts, with a recovery store to damage."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, cluster_main

from dataflows.runtime.process.engine_options import EngineOptions
from dataflows.runtime.recovery.resumption import Resumption, resumption_of

SHARDS = 4
# Bytewax has no types here
CLUSTER: Callable[..., None] = cluster_main
INIT: Callable[[Path, int], None] = init_db_dir
CONFIG: Callable[[Path], object] = RecoveryConfig


class Numbers(FixedPartitionedSource[int, int]):
    """Counts on from the last position, a batch for each epoch."""

    def __init__(self, batches: int) -> None:
        self._batches = batches

    def list_parts(self) -> list[str]:
        return ["a", "b"]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "Counting":
        return Counting(resume_state or 0, self._batches)


class Counting(StatefulSourcePartition[int, int]):
    """One partition of numbers."""

    def __init__(self, last: int, batches: int) -> None:
        self._last, self._end = last, last + batches

    def next_batch(self) -> list[int]:
        if self._last == self._end:
            raise StopIteration
        self._last += 1
        return [self._last]

    def snapshot(self) -> int:
        return self._last


def run(store: Path, batches: int = 5, entities: tuple[str, ...] = ("user_id",), workers: int = 1) -> None:
    """Runs an execution with a shard step for each entity, and wakes all its shards."""
    flow = Dataflow("headrace")
    read = op.input("read_orders", flow, Numbers(batches))
    for entity in entities:
        keyed = op.flat_map(f"wake_{entity}", read, lambda _: [(f"{shard:03d}", 1) for shard in range(SHARDS)])
        summed = op.stateful_batch(f"windows_{entity}", keyed, Summed)
        op.output(f"out_{entity}", summed, TestingSink([]))
    options = {"epoch_interval": timedelta(0), "recovery_config": CONFIG(store)}
    CLUSTER(flow, [], 0, worker_count_per_proc=workers, **options)


class Summed(op.StatefulBatchLogic[int, int, int]):
    """Counts its items."""

    def __init__(self, resume_state: int | None) -> None:
        self._sum = resume_state or 0

    def on_batch(self, values: list[int]) -> tuple[list[int], bool]:
        self._sum += sum(values)
        return [], False

    def on_eof(self) -> tuple[list[int], bool]:
        return [], False

    def snapshot(self) -> int:
        return self._sum


def resumed(store: Path, *, alone: bool = True, shards: int = SHARDS) -> Resumption:
    return resumption_of(EngineOptions(store, alone), shards)


def part(store: Path, index: int) -> Path:
    return store / f"part-{index}.sqlite3"
