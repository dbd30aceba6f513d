"""Tests a supervised run: started, watched, drained; and the message when it dies."""

import math
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from cli.dashboard import MetricsScrape
from cli.shutdown import StopSignal, stop_on_signals
from cli.supervision.dataflow_process import (
    DataflowCommand,
    DataflowProcess,
    RecoveryNotMade,
    free_port,
    make_recovery,
)
from cli.supervision.exit_reason import DataflowEnded
from cli.supervision.lock import FolderLocked, hold_folder
from cli.supervision.process import Process
from cli.supervision.sidecars import Service, Sidecars
from cli.supervision.supervisor import NextSteps, SupervisedRun
from tests.support.paths import ROOT
from tests.support.programs.traffic_sidecar import traffic
from tests.support.waiting import await_that

FLOW = str(ROOT / "tests/support/programs/idle_flow.py")


class Silent:
    """Shows no hints."""

    title = "a test"

    def lines(self) -> list[str]:
        return []


class Signalling(Silent):
    """Sends signals once the run is watched: the start before that takes an unknown time.

    Each waits until the one before was taken: two that are pending are one.
    """

    def __init__(self, stop: StopSignal, *signals: signal.Signals) -> None:
        self._stop, self._signals = stop, signals
        self._sending = threading.Thread(target=self._send)

    def lines(self) -> list[str]:
        if self._sending.ident is None:
            self._sending.start()
        return []

    def _send(self) -> None:
        for taken, number in enumerate(self._signals):
            os.kill(os.getpid(), number)
            await_that(partial(self._has_taken, taken + 1))

    def _has_taken(self, count: int) -> bool:
        return self._stop.asked >= count


class Ending(Silent):
    """Ends the run once its numbers were shown twice."""

    def __init__(self, stop: StopSignal) -> None:
        self._stop, self._shown = stop, 0

    def lines(self) -> list[str]:
        self._shown += 1
        if self._shown == 2:
            self._stop.set()
        return []


def supervise(
    folder: Path,
    stop: StopSignal,
    seconds: float | None = None,
    services: Iterable[Service] = (),
    hints: NextSteps | None = None,
) -> None:
    plan = DataflowCommand(folder, flow=FLOW, settings={"HEADRACE_QUALITY_INTERVAL": "30"})
    with hold_folder(folder) as lock:
        SupervisedRun(plan, None, Sidecars(services), stop, hints or Silent(), plain=True).supervise(seconds, lock)


def test_a_run_shows_its_numbers_and_drains(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stop = StopSignal()
    supervise(tmp_path, stop, hints=Ending(stop))
    captured = capfd.readouterr()
    assert "events/s orders" in captured.out
    assert "drained and stopped in" in captured.err
    assert list((tmp_path / "recovery").glob("part-*.sqlite3"))
    assert "quality interval 30" in (tmp_path / "headrace.log").read_text()


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks a dataflow for its numbers until it answers: on a busy machine a run is ready to wait less long."""
    reading = DataflowProcess.reading

    def answer(child: DataflowProcess, now: float) -> MetricsScrape | None:
        while (read := reading(child, now)) is None and child.exit_code is None:
            time.sleep(0.1)
        return read

    monkeypatch.setattr(DataflowProcess, "reading", answer)


@pytest.mark.usefixtures("answering")
def test_no_seconds_are_no_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    supervise(tmp_path, StopSignal(), seconds=0.0)
    captured = capfd.readouterr()
    assert captured.out.count("events/s") == 1
    assert "drained and stopped in" in captured.err


def test_a_signal_ends_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with stop_on_signals(hurrying=True) as stop:
        supervise(tmp_path, stop, hints=Signalling(stop, signal.SIGTERM))
    assert "drained and stopped in" in capfd.readouterr().err


def test_a_second_signal_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IDLE_FLOW", "hang")
    monkeypatch.setattr("cli.supervision.supervisor.DRAIN_S", math.inf)
    with stop_on_signals(hurrying=True) as stop:
        supervise(tmp_path, stop, hints=Signalling(stop, signal.SIGINT, signal.SIGINT))
    assert "stopped without draining" in capfd.readouterr().err


def test_two_signals_before_the_drain_do_not_wait_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Asked(Silent):
        def lines(self) -> list[str]:
            for _ in range(2):
                stop.on_signal(signal.SIGINT, None)
            return []

    monkeypatch.setenv("IDLE_FLOW", "hang")
    monkeypatch.setattr("cli.supervision.supervisor.DRAIN_S", math.inf)
    stop = StopSignal(hurrying=True)
    supervise(tmp_path, stop, hints=Asked())
    assert "stopped without draining" in capfd.readouterr().err


def test_a_dataflow_that_dies_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDLE_FLOW", "die")
    with pytest.raises(DataflowEnded, match=r"(?s)exit code 7.*headrace\.log.*this is why"):
        supervise(tmp_path, StopSignal())


def test_a_dataflow_that_is_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDLE_FLOW", "killed")
    with pytest.raises(DataflowEnded, match="signal SIGKILL ended the dataflow"):
        supervise(tmp_path, StopSignal())


def test_a_dataflow_that_dies_while_it_drains_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDLE_FLOW", "killed at the end")
    with pytest.raises(DataflowEnded, match="signal SIGKILL ended the dataflow"):
        supervise(tmp_path, StopSignal(), seconds=0.5)


def test_a_recovery_store_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "recovery" / "part-0.sqlite3-journal").mkdir(parents=True)
    with pytest.raises(RecoveryNotMade, match=r"recovery: cannot create a recovery store \(.+\); hint: free some"):
        make_recovery(tmp_path / "recovery")
    assert not list((tmp_path / "recovery").glob("*.sqlite3"))


def test_nothing_is_left_running_when_looking_fails(tmp_path: Path) -> None:
    class Broken(Silent):
        def lines(self) -> list[str]:
            raise RuntimeError("no hints today")

    pids: list[int] = []
    with started(pids), pytest.raises(RuntimeError, match="no hints today"):
        supervise(tmp_path, StopSignal(), services=[traffic(tmp_path)], hints=Broken())
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@contextmanager
def started(pids: list[int]) -> Iterator[None]:
    """Records the processes started inside."""
    original = Process.__init__

    def noting(
        self: Process, command: Sequence[str], log: Path, settings: Mapping[str, str], hold_folder: tuple[int, ...] = ()
    ) -> None:
        original(self, command, log, settings, hold_folder)
        pids.append(self.pid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Process, "__init__", noting)
        yield


def test_a_recovery_store_is_made_once(tmp_path: Path) -> None:
    make_recovery(tmp_path / "recovery")
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "recovery").iterdir()}
    make_recovery(tmp_path / "recovery")
    assert made == {path: path.stat().st_mtime_ns for path in (tmp_path / "recovery").iterdir()}


def test_a_folder_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        hold_folder(tmp_path),
        pytest.raises(FolderLocked, match=rf"process {os.getpid()}.*HEADRACE_VAR"),
        hold_folder(tmp_path),
    ):
        pass
    with hold_folder(tmp_path):
        pass


def test_a_free_port_can_be_listened_on() -> None:
    assert 1024 < free_port() < 65_536
