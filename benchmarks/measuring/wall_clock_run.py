"""Configures a run by the wall clock from its first message on, which does not wait until a backlog is read."""

from dataclasses import replace

from dataflows.run import Run
from dataflows.runtime.live_run import live_run
from dataflows.runtime.settings import Settings
from dataflows.windows.clocks import Now, WallClock


def wall_clock_run(settings: Settings, now: Now) -> Run:
    return replace(live_run(settings, now), clock_of=lambda marks: WallClock(now, marks))
