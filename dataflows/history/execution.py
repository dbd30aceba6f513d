"""How history is run, whatever is asked of it."""

from collections.abc import Callable
from dataclasses import dataclass

from dataflows.history.shards import EVENTS_TOGETHER
from dataflows.history.stages import Guard, OwnStages, Stages
from dataflows.quality import Quality
from dataflows.run import Run
from dataflows.runtime.options import event_limits, quality_of_history
from dataflows.runtime.settings import Settings
from dataflows.windows import Now, Watermark

_PAYLOADS_TOGETHER = 40_000
"""Nobody waits for a batch of history: the files of quiet days are decoded together."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How history is run: `stopping` is true when it is to end early, `folded` is called after each shard.

    Shards are folded together as long as they have no more than `most_together` events of an entity type.
    `quality` says how values are judged where that is asked for, `judged` is called with the end (ms) of each interval.
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
    """How history is run with these settings; `guard` wraps its dataflows."""
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
    return Execution(
        run, quality_of_history(settings, now), OwnStages(guard, stopping), stopping, folded, judged=judged
    )
