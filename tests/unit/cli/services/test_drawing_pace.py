"""Tests when the renderer may work: budgets of urgent charts, pauses, calm and busy machines; with a fake clock."""

from pathlib import Path

import pytest

from cli.services.drawing_pace import SPARE, STARVED_S, DrawingPace
from cli.supervision import SpareProcessors


class Machine:
    """A clock (s) and a share of idle processors."""

    now_s, spare = 1_000.0, 1.0

    def clock(self) -> float:
        return self.now_s

    def spare_share(self) -> float:
        return self.spare


@pytest.fixture
def machine() -> Machine:
    return Machine()


def pace_of(machine: Machine, share: float = 0.1, urgent: int = 20) -> DrawingPace:
    return DrawingPace(share, urgent, machine.clock, machine.spare_share)


@pytest.mark.parametrize("urgent", [0, 1, 20])
def test_urgent_pictures_are_as_many_as_allowed_in_a_minute(machine: Machine, urgent: int) -> None:
    pace, drawn = pace_of(machine, urgent=urgent), 0
    for _ in range(240 * 10):  # four minutes in steps of a tenth of a second
        if pace.may_hurry():
            pace.hurried()
            drawn += 1
        machine.now_s += 0.1
    assert 4 * urgent <= drawn <= 5 * urgent  # the budget left from the first minute can be used at once


def test_urgent_pictures_wait_neither_for_a_pause_nor_for_a_calm_machine(machine: Machine) -> None:
    pace = pace_of(machine)
    machine.spare = 0.0
    pace.worked(5.0)
    assert not pace.may_work()
    assert not pace.may_draw()
    assert pace.may_hurry()


def test_work_takes_no_more_than_its_share(machine: Machine) -> None:
    pace = pace_of(machine, share=0.1)
    pace.worked(0.2)
    machine.now_s += 1.79
    assert not pace.may_work()
    machine.now_s += 0.02
    assert pace.may_work()


def test_on_a_busy_machine_what_can_wait_is_drawn_now_and_then(machine: Machine) -> None:
    pace = pace_of(machine)
    machine.spare, drawn = SPARE / 2, 0
    pace.drew()
    for _ in range(600):
        machine.now_s += 0.5
        if pace.may_draw():
            pace.worked(0.1)
            pace.drew()
            drawn += 1
    assert drawn == 300 // STARVED_S
    machine.spare = 0.9
    machine.now_s += 2
    assert pace.may_draw()


def test_spare_time_is_what_was_idle_waited_or_nice(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 10 100 1000 5 0 0 0 0 0\ncpu0 1 2 3\n")
    spare = SpareProcessors(stat)
    stat.write_text("cpu  160 20 120 1005 10 0 0 0 0 0\ncpu0 1 2 3\n")
    assert spare() == pytest.approx((10 + 5 + 5) / (60 + 10 + 20 + 5 + 5))
    assert spare() == 1.0  # no time has passed
    assert SpareProcessors(tmp_path / "none")() == 1.0
