"""Tests that `headrace run` reports its run to a lineage receiver: a real run, drained by a signal, or killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.oracle.exported_documents import of_openlineage
from tests.support.paths import ROOT
from tests.support.services.outside.webhook import Hook, hooked
from tests.support.waiting import await_that

ENDED_S = 240


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as hook:
        yield hook


@pytest.fixture
def run(hook: Hook, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Starts a run without traffic and pages, and waits for its dataflow."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
    settings = {
        "HEADRACE_VAR": str(tmp_path / "var"),
        "HEADRACE_QUALITY": "false",
        "HEADRACE_OPENLINEAGE_URL": f"http://me:s3cret@127.0.0.1:{hook.port}",
    }
    command = [sys.executable, "-m", "cli.entry", "run", "--no-traffic", "--no-pages", "--plain"]
    with (tmp_path / "run.txt").open("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**clean, **settings}, stdout=log, stderr=log, text=True)
        await_that(lambda: "events/s" in (tmp_path / "run.txt").read_text(), seconds=300)
        yield process
        if process.poll() is None:
            process.kill()
            process.wait(ENDED_S)
    assert "s3cret" not in (tmp_path / "run.txt").read_text()


def words_of(process: psutil.Process) -> list[str]:
    """Returns the words of its command line; none if it has ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def states(hook: Hook) -> list[str]:
    assert [wrong for event in hook.received for wrong in of_openlineage(event)] == []
    assert len({event["run"]["runId"] for event in hook.received}) == 1
    return [event["eventType"] for event in hook.received]


def test_a_run_that_is_drained_is_complete(run: subprocess.Popen[str], hook: Hook) -> None:
    await_that(lambda: bool(hook.received))  # sent beside the run
    assert states(hook) == ["START"]
    run.send_signal(signal.SIGTERM)
    assert run.wait(ENDED_S) == 0
    assert states(hook) == ["START", "COMPLETE"]


def test_a_run_whose_dataflow_is_killed_has_failed_and_says_why(run: subprocess.Popen[str], hook: Hook) -> None:
    (dataflow,) = (child for child in psutil.Process(run.pid).children() if "bytewax.run" in words_of(child))
    dataflow.kill()
    assert run.wait(ENDED_S) == 1
    assert states(hook) == ["START", "FAIL"]
    message = hook.received[-1]["run"]["facets"]["errorMessage"]["message"]
    assert message.startswith("signal SIGKILL ended the dataflow")
