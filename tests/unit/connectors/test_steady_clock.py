"""Tests a clock that is changed: the steady time continues, the step is noticed, the process keeps its earlier time."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from connectors.steady_clock import SteadyClock
from dataflows.runtime.watching.clock_watch import ClockWatch


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_900_000_000_000, 5_000

    def passes(self, ms: int) -> None:
        self.wall += ms
        self.monotonic += ms

    def clock(self, offset: int | None = None) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.monotonic, offset)


def test_it_goes_on_while_the_wall_clock_is_set_back_and_forward() -> None:
    machine = Machine()
    clock, begun = machine.clock(), machine.wall
    machine.passes(1_000)
    machine.wall -= 600_000
    machine.passes(1_000)
    assert (clock.now(), clock.lag()) == (begun + 2_000, 600_000)
    machine.wall += 600_000
    assert (clock.now(), clock.lag()) == (begun + 2_000, 0)
    machine.wall += 3_600_000
    assert clock.now() == machine.wall


def test_it_never_goes_back() -> None:
    machine = Machine()
    clock, before = machine.clock(), 0
    for step in (10, -5_000, 20_000, -1, -60_000, 3):
        machine.wall += step
        machine.passes(1)
        assert clock.now() > before
        before = clock.now()


def test_the_engine_is_told_times_of_its_own_clock() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall -= 600_000
    due = clock.now() + 5_000
    assert clock.date(due) == datetime.fromtimestamp(machine.wall / 1000, UTC) + timedelta(seconds=5)


def test_a_process_that_starts_again_goes_on_with_the_time_before() -> None:
    machine = Machine()
    before = machine.clock()
    machine.wall -= 600_000
    after = machine.clock(before.offset)
    assert (after.now(), after.lag()) == (before.now(), 600_000)


def test_steps_are_told_from_the_passing_of_time() -> None:
    machine = Machine()
    watch = ClockWatch(lambda: machine.wall, lambda: machine.monotonic)
    machine.passes(100_000)
    assert watch.step() == 0
    machine.wall -= 2_500
    assert (watch.step(), watch.step()) == (-2_500, 0)
    machine.wall += 7_200_000
    assert (watch.step(), watch.step()) == (7_200_000, 0)
    machine.wall -= 400
    assert watch.step() == 0


SET_BACK = """
import itertools, logging, os, sys, time
from connectors.steady_clock import OFFSET, STEADY
from dataflows.runtime.watching import clock_watch
logging.basicConfig(format="%(message)s")
if OFFSET in os.environ:
    print(os.getpid(), sys.argv[1:], STEADY.now() - time.time_ns() // 1_000_000 > -100)
    sys.exit(0)
print(os.getpid(), flush=True)
wall = itertools.chain([1_000_000], itertools.repeat(400_000))
clock_watch._watch(clock_watch.ClockWatch(lambda: next(wall), lambda: 0), True)
"""


def test_the_process_starts_itself_again_with_its_arguments() -> None:
    command = [sys.executable, "-c", SET_BACK, "-r", "x"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    first, second = run.stdout.splitlines()
    assert second == f"{first} ['-r', 'x'] True", run.stderr
    assert "set back by 600.0 s" in run.stderr and "its last snapshot" in run.stderr
