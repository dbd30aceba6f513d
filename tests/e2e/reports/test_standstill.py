"""Tests a dataflow stopped in the middle of its work, beside a running pager: who is alerted, when, and how often."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.redis import embedded_server
from serving.quality.pipeline import read_pipeline
from tests.support.paths import ROOT
from tests.support.programs.command_line import home
from tests.support.services.outside.webhook import Hook, hooked
from tests.support.waiting import await_that

LIMIT_S = 40
"""Longer than a busy machine holds up a dataflow that nobody has stopped."""


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `headrace run` with its pager."""
    command = [sys.executable, "-m", "cli.main", "run", "--no-traffic", "--no-pages", "--plain"]
    with (folder / "run.log").open("wb") as log:
        run = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield run
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(240)


def dataflow_of(run: subprocess.Popen[bytes]) -> int | None:
    """Returns the process id of the dataflow, the only child without a guard."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                command = (process / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == run.pid and b"bytewax" in command:
                return int(process.name)
    return None


def alerts(hook: Hook) -> list[dict[str, Any]]:
    return [alert for body in hook.received for alert in body["alerts"]]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stops a process inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_stopped_dataflow_is_told_while_it_stands_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch), hooked() as hook:
        monkeypatch.setenv("HEADRACE_ALERT_WEBHOOK", hook.url)
        monkeypatch.setenv("HEADRACE_ALERT_STANDSTILL", str(LIMIT_S))
        with running(tmp_path) as run:
            client = embedded_server.running(tmp_path / "var")
            await_that(lambda: read_pipeline(client, "headrace", ["user"], LIMIT_S).alive is True)
            pid = dataflow_of(run)
            assert pid is not None
            await_that(lambda: _has_looked(tmp_path))
            with stopped(pid):
                await_that(lambda: bool(alerts(hook)))
                (alert,) = alerts(hook)
                assert (alert["rule"], alert["state"], alert["source"]) == ("standstill", "firing", "")
                assert alert["summary"].startswith("pipeline (shop@example.com): nothing read for ")
                assert read_pipeline(client, "headrace", ["user"], LIMIT_S).alive is False
            await_that(lambda: len(alerts(hook)) > 1)
        states = [(alert["key"], alert["state"]) for alert in alerts(hook)]
        assert states == [(alert["key"], "firing"), (alert["key"], "resolved")]
        assert alerts(hook)[1]["incident"], "the dataflow itself said that it has caught up"


def _has_looked(folder: Path) -> bool:
    """Returns whether the pager runs: it has logged where it writes."""
    log = folder / "var" / "render.log"
    return log.exists() and "writing reports to" in log.read_text()
