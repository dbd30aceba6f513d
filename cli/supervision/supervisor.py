"""Supervises a run: waits for the dataflow to start, watches it until it ends, and drains it.

Its companions start when it is there, because compiling the kernels needs the machine, and end after it.
"""

import shutil
import time
from pathlib import Path
from typing import Protocol

from cli.dashboard import LOADING, Recent, Screen, screen, waiting
from cli.shutdown import Stop
from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from cli.supervision.exit_reason import Died
from cli.supervision.scrape_interval import Pace
from cli.supervision.sidecars import STOP_S, Sidecars
from cli.terminal import err, where
from cli.topics import DemoFeeder
from reports import moments

LOOK_S = 0.5
DRAIN_S = 60.0
FEED_S = 3.0
LEAST_BYTES = 1 << 20


class Advice(Protocol):
    """Prints the locations of files and pages, and what to try next."""

    @property
    def title(self) -> str:
        """Where topics and features are."""

    def lines(self) -> list[str]:
        """One thing to try a line."""


class SupervisedRun:
    """One run of the dataflow, from start to drained."""

    def __init__(
        self,
        plan: DataflowCommand,
        feeder: DemoFeeder | None,
        companions: Sidecars,
        stop: Stop,
        hints: Advice,
        plain: bool,
    ) -> None:
        self._plan = plan
        self._feeder = feeder
        self._companions = companions
        self._stop = stop
        self._hints = hints
        self._plain = plain

    def supervise(self, seconds: float | None, lock: int) -> bool:
        """Run until a signal, until `seconds` are over, or until the dataflow dies (raises `Died`).

        Tells whether it has drained.
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
        """The first run compiles the kernels; later ones find them compiled."""
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
        recent, pace = Recent(started), Pace()
        with screen(self._hints.title, self._plain) as shown:
            while not self._stop.is_set() and time.monotonic() - started < seconds:
                self._check(child)
                self._companions.look(time.monotonic())
                if pace.due(time.monotonic()):
                    self._look(child, recent, pace, shown)
                self._stop.sleep(LOOK_S)
            self._look(child, recent, pace, shown)

    def _look(self, child: DataflowProcess, recent: Recent, pace: Pace, shown: Screen) -> None:
        if reading := child.reading(time.monotonic()):
            pace.read(reading)
            notes = [*self._companions.notes(), *full_disk(self._plan.var)]
            shown.show(recent.add(reading), [*self._hints.lines(), *notes])

    def _check(self, child: DataflowProcess) -> None:
        _check(child)
        if self._feeder and self._feeder.error:
            raise self._feeder.error

    def _drain(self, child: DataflowProcess) -> bool:
        """Ask once, wait; hurry at the second signal or when it takes too long."""
        asked, begun = self._stop.asked, time.monotonic()
        self._stop.set()
        self._stop_feeding()
        child.ask_to_stop()
        with waiting("draining (Ctrl-C again stops without draining)", self._plain):
            while child.wait(0.1) is None and self._stop.asked == asked:
                if time.monotonic() - begun > DRAIN_S:
                    break
        return self._say_how_it_ended(child, time.monotonic() - begun)

    def _stop_feeding(self) -> None:
        """The traffic first, so that the dataflow is not left with events it has yet to read."""
        if self._feeder and self._feeder.is_alive():
            self._feeder.join(timeout=FEED_S)

    def _say_how_it_ended(self, child: DataflowProcess, seconds: float) -> bool:
        if child.exit_code is None:
            child.kill()
            err.print("stopped without draining: the next run resumes from the last snapshot")
            return False
        if child.exit_code:
            raise Died(child.exit_code, child.plan.log)
        err.print(f"drained and stopped in {moments.seconds(seconds)}; the next run continues from here")
        return True


def full_disk(folder: Path) -> list[str]:
    """A line when the disk of a folder is full: the log of the dataflow, which says so too, may lie on it."""
    if shutil.disk_usage(folder).free >= LEAST_BYTES:
        return []
    return [f"disk full       {where(folder)}: free some space; the dataflow waits, and no events are lost"]


def _check(child: DataflowProcess) -> None:
    if child.exit_code is not None:
        raise Died(child.exit_code, child.plan.log)
