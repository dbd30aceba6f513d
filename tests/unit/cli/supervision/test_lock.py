"""Tests that a folder is held by one run, and that a run waits for the last processes of a killed one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.supervision import lock
from cli.supervision.lock import FolderLocked, hold_folder

pytestmark = pytest.mark.long

HOLDING = """
import subprocess, sys, time
from pathlib import Path
from cli.supervision.lock import hold_folder

with hold_folder(Path(sys.argv[1])) as held:
    subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({sys.argv[2]})"], pass_fds=(held,))
    print("held", flush=True)
    time.sleep(600)
"""
"""A run whose child keeps the descriptor for some seconds."""


@pytest.fixture
def runs() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for run in started:
        run.kill()
        run.communicate()


def started(folder: Path, child_s: float, runs: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDING, str(folder), str(child_s)]
    runs.append(run := subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    assert run.stdout is not None
    assert run.stdout.readline() == "held\n"
    return run


def test_a_run_refuses_a_folder_of_another_and_waits_for_what_a_killed_one_left(
    tmp_path: Path, runs: list[subprocess.Popen[str]], caplog: pytest.LogCaptureFixture
) -> None:
    run = started(tmp_path, 1.5, runs)
    with (
        pytest.raises(FolderLocked, match=rf"in use by another headrace run \(process {run.pid}\)"),
        hold_folder(tmp_path),
    ):
        pass
    run.kill()
    run.wait()
    with hold_folder(tmp_path):
        pass
    waits = f"{tmp_path}: waiting for the last processes of a killed run (process {run.pid})"
    assert [record.getMessage() for record in caplog.records] == [waits]


def test_what_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path, runs: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "ENDING_S", 0.2)
    run = started(tmp_path, 4.0, runs)
    run.kill()
    run.wait()
    with pytest.raises(FolderLocked), hold_folder(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"nobody", b"9" * 30, b"\xff"])
def test_of_an_unknown_holder_it_is_assumed_that_it_runs(tmp_path: Path, content: bytes) -> None:
    with hold_folder(tmp_path):
        (tmp_path / "run.lock").write_bytes(content)
        with pytest.raises(FolderLocked), hold_folder(tmp_path):
            pass
