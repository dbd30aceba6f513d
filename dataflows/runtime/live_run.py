"""Configures a live run from the settings."""

from dataflows.run import Run
from dataflows.runtime.options import event_limits, quality_of
from dataflows.runtime.settings import Settings
from dataflows.windows import CatchUpClock, Now


def live_run(settings: Settings, now: Now) -> Run:
    """Configures a live run: it follows the wall clock once its backlog is read."""
    return Run(
        clock_of=lambda marks: CatchUpClock(now, marks),
        now=now,
        begun=now(),
        everywhere=False,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        limits=event_limits(settings),
        quality=quality_of(settings, now, bounded=False),
        max_row_bytes=settings.max_row_bytes,
    )
