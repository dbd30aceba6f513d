"""Holds the options for running over history."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from dataflows.history.shards import EVENTS_TOGETHER
from dataflows.history.stages import Guard, LocalStages, Stages
from dataflows.quality import Quality
from dataflows.run import Run
from dataflows.runtime.options import event_limits, quality_of_history
from dataflows.runtime.settings import Settings
from dataflows.windows import Now, Watermark

MOST_THREADS = 4
"""Threads unless a setting says otherwise: each has a group of shards in memory."""
_PAYLOADS_TOGETHER = 1 << 16
"""Payloads decoded together; history may be slow per batch, so files of quiet days are decoded together."""


@dataclass(frozen=True, slots=True)
class Execution:
    """Options for running over history: `stopping` turns true for an early end, `folded` is called after each shard.

    Shards are folded together while they have at most `most_together` events of an entity type. `quality` holds the
    options of judging values, `judged` receives the end (ms) of each interval.
    """

    run: Run
    quality: Quality
    stages: Stages
    stopping: Callable[[], bool]
    folded: Callable[[], None] = lambda: None
    most_together: int = EVENTS_TOGETHER
    judged: Callable[[int], None] = lambda _: None


def execution_of(
    settings: Settings,
    now: Now,
    guard: Guard,
    stopping: Callable[[], bool],
    folded: Callable[[], None] = lambda: None,
    judged: Callable[[int], None] = lambda _: None,
) -> Execution:
    """Builds the options from settings; `guard` wraps the dataflows."""
    run = Run(
        clock_of=lambda marks: Watermark((), marks),
        now=now,
        begun=now(),
        everywhere=False,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        limits=event_limits(settings),
        max_row_bytes=settings.max_row_bytes,
        most_together=_PAYLOADS_TOGETHER,
    )
    cores = len(os.sched_getaffinity(0))  # those of this process: a container may have fewer than the machine
    stages = LocalStages(guard, stopping, threads=settings.history_threads or min(cores, MOST_THREADS))
    return Execution(run, quality_of_history(settings, now), stages, stopping, folded, judged=judged)
