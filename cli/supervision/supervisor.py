"""Supervises a run: waits for the dataflow to start, watches it until it ends, and drains it.

Its companions start once the dataflow is up, because compiling the kernels needs the machine, and end after it.
"""

import shutil
import time
from pathlib import Path
from typing import Protocol

from cli.dashboard import LOADING, RecentScrapes, Screen, screen, waiting
from cli.shutdown import StopSignal
from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from cli.supervision.exit_reason import DataflowEnded
from cli.supervision.scrape_interval import ScrapeInterval
from cli.supervision.sidecars import STOP_S, Sidecars
from cli.terminal import err, where
from cli.topics import DemoFeeder
from reports import moments

LOOK_S = 0.5
DRAIN_S = 60.0
FEED_S = 3.0
LEAST_BYTES = 1 << 20


class NextSteps(Protocol):
    """Prints the locations of files and pages, and what to try next."""

    @property
    def title(self) -> str:
        """Returns where topics and features are."""

    def lines(self) -> list[str]:
        """Returns one suggestion per line."""


class SupervisedRun:
    """One run of the dataflow, from start to drained."""

    def __init__(
        self,
        plan: DataflowCommand,
        feeder: DemoFeeder | None,
        companions: Sidecars,
        stop: StopSignal,
        hints: NextSteps,
        plain: bool,
    ) -> None:
        self._plan = plan
        self._feeder = feeder
        self._companions = companions
        self._stop = stop
        self._hints = hints
        self._plain = plain

    def supervise(self, seconds: float | None, lock: int) -> bool:
        """Runs until a signal, until `seconds` are over, or until the dataflow dies (raises `DataflowEnded`).

        Returns whether it has drained.
        """
        child = DataflowProcess(self._plan, descriptors=(lock,))
        try:
            self._await(child)
            self._watch(child, time.monotonic(), float("inf") if seconds is None else seconds)
            return self._drain(child)
        finally:
            child.kill()
            self._companions.stop(STOP_S if self._stop.asked < 2 else 0.0)

    def _await(self, child: DataflowProcess) -> None:
        """Waits until the dataflow is up; the first run compiles the kernels, later ones load them."""
        with waiting(f"starting the dataflow, {LOADING}", self._plain):
            while not self._stop.is_set() and not self._is_ready(child):
                self._stop.sleep(LOOK_S / 2)

    def _is_ready(self, child: DataflowProcess) -> bool:
        _check(child)
        reading = child.reading(time.monotonic())
        return reading is not None and reading.ready

    def _watch(self, child: DataflowProcess, started: float, seconds: float) -> None:
        if self._feeder and not self._stop.is_set():
            self._feeder.start()
        recent, pace = RecentScrapes(started), ScrapeInterval()
        with screen(self._hints.title, self._plain) as shown:
            while not self._stop.is_set() and time.monotonic() - started < seconds:
                self._check(child)
                self._companions.look(time.monotonic())
                if pace.due(time.monotonic()):
                    self._update(child, recent, pace, shown)
                self._stop.sleep(LOOK_S)
            self._update(child, recent, pace, shown)

    def _update(self, child: DataflowProcess, recent: RecentScrapes, pace: ScrapeInterval, shown: Screen) -> None:
        if reading := child.reading(time.monotonic()):
            pace.read(reading)
            notes = [*self._companions.notes(), *full_disk(self._plan.var)]
            shown.show(recent.add(reading), [*self._hints.lines(), *notes])

    def _check(self, child: DataflowProcess) -> None:
        _check(child)
        if self._feeder and self._feeder.error:
            raise self._feeder.error

    def _drain(self, child: DataflowProcess) -> bool:
        """Asks the dataflow to drain and waits; kills it on a second signal or after too long."""
        asked, begun = min(1, self._stop.asked), time.monotonic()  # the second signal may already have come
        self._stop.set()
        self._stop_feeding()
        child.ask_to_stop()
        with waiting("draining (Ctrl-C again stops without draining)", self._plain):
            while child.wait(0.1) is None and self._stop.asked == asked:
                if time.monotonic() - begun > DRAIN_S:
                    break
        return self._say_how_it_ended(child, time.monotonic() - begun)

    def _stop_feeding(self) -> None:
        """Stops the traffic first, so that the dataflow has no events left to read."""
        if self._feeder and self._feeder.is_alive():
            self._feeder.join(timeout=FEED_S)

    def _say_how_it_ended(self, child: DataflowProcess, seconds: float) -> bool:
        if child.exit_code is None:
            child.kill()
            err.print("stopped without draining: the next run resumes from the last snapshot")
            return False
        if child.exit_code:
            raise DataflowEnded(child.exit_code, child.plan.log)
        err.print(f"drained and stopped in {moments.seconds(seconds)}; the next run continues from here")
        return True


def full_disk(folder: Path) -> list[str]:
    """Returns a line if the disk of a folder is full, because the dataflow's log may be on that disk."""
    if shutil.disk_usage(folder).free >= LEAST_BYTES:
        return []
    return [f"disk full       {where(folder)}: free some space; the dataflow waits, and no events are lost"]


def _check(child: DataflowProcess) -> None:
    if child.exit_code is not None:
        raise DataflowEnded(child.exit_code, child.plan.log)
