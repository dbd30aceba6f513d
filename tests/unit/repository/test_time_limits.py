"""Tests that no test waits forever, with tests that would, in a separate pytest."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

TRIALS = """
import ctypes, threading, time
import pytest

def test_of_a_thread_that_fails():
    over = threading.Event()
    def fail():
        raise ValueError("the helper broke")
    threading.Thread(target=fail, name="helper").start()
    over.wait()

@pytest.mark.timeout(1)
def test_that_hangs():
    time.sleep(600)
"""


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("processes", [[], ["-n", "1"]], ids=["alone", "as a worker"])
def test_a_failed_thread_and_a_limit_end_a_test_that_waits(processes: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_trial.py").write_text(TRIALS)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "tests.conftest"]
    command = [sys.executable, "-m", "pytest", *options, *processes, str(tmp_path / "test_trial.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert "helper failed: ValueError('the helper broke')" in done.stdout
    assert "Timeout (>1.0s)" in done.stdout
    assert "2 failed" in done.stdout
