"""Runs the graph over given batches to its end, bounded or live; a bounded run may crash and continue.

>>> left = replayed(definitions, {"orders": [[raw_batch("0", events)]]})
>>> left.newest()["user_id", "u1"].values["orders_7d"]
3
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import cluster_main, run_main

from connectors.messages import RawBatch
from connectors.redis.endpoints.loss_detector import FirstItem
from dataflows.definitions.loader import Definitions
from dataflows.graph import build
from dataflows.run import Run
from dataflows.runtime.settings import Settings
from dataflows.windows.clocks import WallClock
from tests.support.dataflow.bounded_flow import bounded_flow
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Partitions, ports
from tests.support.dataflow.outputs import Left

SHARDS = 3

# Bytewax has no types here
_RUN: Callable[..., None] = run_main
_CLUSTER: Callable[..., None] = cluster_main
_INIT: Callable[[Path, int], None] = init_db_dir
_CONFIG: Callable[[Path], object] = RecoveryConfig


TopicOf = Callable[[str, Callable[[], int]], Any]


class CrashError(Exception):
    """A planned crash."""


@dataclass(slots=True)
class Crash:
    """Ends the run once, when its `at`-th batch is asked for."""

    at: int
    read: int = 0
    done: bool = False

    def __call__(self) -> None:
        """Runs before each batch."""
        if not self.done and self.read == self.at:
            self.done = True
            raise CrashError
        self.read += 1


def bounded(batches: Sequence[RawBatch], partition: str) -> list[RawBatch]:
    """Returns the batches of a partition that ends with the last; an empty one has a single batch without events."""
    ending = batches or [RawBatch(partition, [], 0, 0, str)]
    return [*ending[:-1], replace(ending[-1], ended=True)]


def replayed(
    definitions: Definitions,
    partitions: Partitions,
    *,
    workers: int = 1,
    crash: Crash | None = None,
    recovery: Path | None = None,
    left: Left | None = None,
    judged: bool = False,
    interval_s: int = 300,
    processed_ms: int | None = None,
) -> Left:
    """Runs a bounded replay; with `left` and `recovery` of an earlier run it continues from there.

    Given `processed_ms`, values are judged by processing time, fixed at it.

    Raises CrashError when `crash` strikes.
    """
    left = left or Left(definitions)
    left.runs += 1
    ends = ports(left, _ended(partitions), lambda _: crash() if crash else None, [FirstItem()])
    settings = Settings(
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        quality_interval=interval_s,
        quality_time="event" if processed_ms is None else "processing",
    )
    execute(bounded_flow(definitions, ends, settings, lambda: processed_ms or 0, judged), workers, recovery)
    return left


def _ended(partitions: Partitions) -> dict[str, list[list[RawBatch]]]:
    return {
        name: [bounded(batches, str(number)) for number, batches in enumerate(parts)]
        for name, parts in partitions.items()
    }


def lived(
    definitions: Definitions,
    partitions: Partitions,
    signals: Sequence[Any] = (FirstItem(),),
    topic_of: TopicOf | None = None,
) -> Left:
    """Runs live over one partition; the wall clock shows the newest publish time read.

    `topic_of` returns a feature topic for a name and the clock.
    """
    left, clock = Left(definitions, runs=1), [0]

    def observe(batch: RawBatch) -> None:
        clock[0] = max(clock[0], batch.newest_ms)

    run = Run(
        clock_of=lambda marks: WallClock(lambda: clock[0], marks),
        now=lambda: clock[0],
        begun=1,
        everywhere=False,
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        prefix="test",
    )
    ends = ports(left, partitions, observe, signals)
    if topic_of is not None:
        ends = replace(ends, topic=lambda name, features: topic_of(name, lambda: clock[0]))
    execute(build(definitions, ends, run), 1, None)
    return left


def execute(flow: Dataflow, workers: int, recovery: Path | None) -> None:
    """Runs a flow to its end; with `recovery` every batch is a separate epoch."""
    options: dict[str, object] = {}
    if recovery is not None:
        if not recovery.exists():
            recovery.mkdir(parents=True)
            _INIT(recovery, 2)
        options = {"epoch_interval": timedelta(0), "recovery_config": _CONFIG(recovery)}
    if workers == 1:
        _RUN(flow, **options)
    else:
        _CLUSTER(flow, [], 0, worker_count_per_proc=workers, **options)
