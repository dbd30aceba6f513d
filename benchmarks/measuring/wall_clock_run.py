"""Configures a run by the wall clock from its first message on, which does not wait until a backlog is read."""

from dataflows.run import Run
from dataflows.runtime.options import quality_of
from dataflows.runtime.settings import Settings
from dataflows.windows.clocks import Now, WallClock


def wall_clock_run(settings: Settings, now: Now) -> Run:
    return Run(
        clock_of=lambda marks: WallClock(now, marks),
        now=now,
        begun=now(),
        everywhere=False,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        quality=quality_of(settings, now, bounded=False),
    )
