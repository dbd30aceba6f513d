"""Tests services beside the dataflow, with real commands: watched, reported on, stopped, and the addresses of pages."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.dashboard.screen import LineScreen
from cli.dashboard.view import DashboardView
from cli.handlers.run import open_port, quick_quality, services
from cli.supervision.sidecars import LONGEST_WAIT_S, STEADY_S, Service, Sidecar, Sidecars
from dataflows.runtime.settings import Settings
from tests.support.programs.command_line import home
from tests.support.programs.traffic_sidecar import traffic
from tests.support.services.ports import free_port
from tests.support.waiting import await_that

STARTER = """
import sys, time
from pathlib import Path
from cli.supervision.sidecars import Sidecar, Service
companion = Sidecar(Service("traffic", ["traffic", "--rate", "1"], Path(sys.argv[1])))
companion.look(0.0)
print(companion.pid, flush=True)
time.sleep(600)
"""


def ending(folder: Path) -> Service:
    """Returns a command that ends at once: with 2, because the setting is wrong."""
    return Service("validate", ["validate"], folder / "validate.log", {"HEADRACE_SHARDS": "many"})


def lives(pid: int) -> bool:
    """Returns whether such a process exists, other than one waiting to be reaped."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone before it is opened, or read
        return False


def died(companion: Sidecar, now: float) -> None:
    """Waits until the death of a started process is noticed, at `now`."""

    def noticed() -> bool:
        companion.look(now)
        return companion.pid is None

    await_that(noticed)


def test_one_that_dies_is_started_again_ever_later(tmp_path: Path) -> None:
    companion, now, waits = Sidecar(ending(tmp_path)), 0.0, [1.0, 2.0, 4.0]
    companion.look(now)
    for wait in waits:
        died(companion, now)
        companion.look(now + wait - 0.01)
        assert companion.pid is None
        now += wait
        companion.look(now)
        assert companion.pid is not None
    assert "validate failed (exit code 2)" in companion.note
    assert "HEADRACE_SHARDS" in (tmp_path / "validate.died.log").read_text()
    companion.end(10.0)


def test_it_never_waits_longer_than_a_minute(tmp_path: Path) -> None:
    companion = Sidecar(ending(tmp_path))
    for _ in range(30):
        companion._backoff.after()
    companion.look(0.0)
    died(companion, 0.0)
    companion.look(LONGEST_WAIT_S)
    assert companion.pid is not None
    companion.end(10.0)


def test_one_that_is_steady_again_is_no_longer_told_of(tmp_path: Path) -> None:
    companion = Sidecar(traffic(tmp_path))
    companion.look(0.0)
    assert companion.pid is not None
    os.kill(companion.pid, 9)
    died(companion, 1.0)
    assert "exit code -9" in companion.note
    companion.look(2.0)
    companion.look(2.0 + STEADY_S)
    assert companion.note
    companion.look(2.1 + STEADY_S)
    assert companion.note == ""
    companion.ask_to_stop()
    companion.end(20.0)


def test_all_are_asked_and_have_ended(tmp_path: Path) -> None:
    companions = [Sidecar(traffic(tmp_path, name)) for name in ("one", "two")]
    both = Sidecars([])
    both._all = companions
    both.look(0.0)
    pids = [companion.pid for companion in companions]
    await_that((tmp_path / "events" / "topics").exists)
    both.stop(30.0)
    assert all(pid is not None and not lives(pid) for pid in pids)
    both.look(1e6)
    both.look(2e6)
    assert [companion.pid for companion in companions] == pids  # none was restarted
    assert both.notes() == []


def test_it_ends_when_the_run_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    command = [sys.executable, "-c", STARTER, str(tmp_path / "traffic.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        try:
            await_that((tmp_path / "topics").exists)
            assert lives(pid)
        finally:
            starter.kill()
    await_that(lambda: not lives(pid))


def test_the_page_moves_when_its_port_is_taken(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        port = open_port(taken)
        assert port != taken
    output = capfd.readouterr().err.replace("\n", " ")
    assert f"port {taken} is in use" in output
    assert f"http://localhost:{port}" in output
    assert open_port(free := free_port()) == free
    assert open_port(0) > 0
    assert capfd.readouterr().err == ""


def test_a_demo_is_quick_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with home(tmp_path, monkeypatch):
        quick = {"HEADRACE_QUALITY_INTERVAL": "30", "HEADRACE_REPORTS_SHARE": "0.5"}
        assert quick_quality(Settings(), demo=True) == quick
        assert quick_quality(Settings(), demo=False) == {}
        monkeypatch.setenv("HEADRACE_REPORTS_SHARE", "0.3")
        assert quick_quality(Settings(), demo=True) == {"HEADRACE_QUALITY_INTERVAL": "30"}
        monkeypatch.setenv("HEADRACE_QUALITY_INTERVAL", "300")
        assert quick_quality(Settings(), demo=True) == {}


def test_what_runs_beside_the_dataflow_is_what_was_asked_for() -> None:
    def names(settings: Settings, port: int | None) -> list[str]:
        return [service.name for service in services(settings, port, {})]

    assert names(Settings(), 8080) == ["render", "serve"]
    assert names(Settings(), None) == ["render"]
    assert names(Settings(quality=False), 8080) == ["serve"]
    assert names(Settings(quality=False), None) == []


def test_lines_say_a_hint_again_only_when_it_changed() -> None:
    printed: list[str] = []
    lines = LineScreen(printed.append, "title")
    for second, verdict in enumerate(["calm", "calm", "one drifted", "one drifted"]):
        lines.show(DashboardView(up_s=10.0 * second), [verdict, "stop  Ctrl-C"])
    assert [line for line in printed if not line.startswith("up ")] == ["title", "calm", "stop  Ctrl-C", "one drifted"]
