"""Tests `headrace render` as a command: how it ends, and its message when it cannot write."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dataflows.runtime.settings import Settings
from tests.support.factories.quality.report_records import hostile, sent
from tests.support.factories.quality.reports import START_MS, made_source
from tests.support.programs.command_line import headrace, home
from tests.support.waiting import await_that


def test_the_command_ends_cleanly_when_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [hostile("user_spent_1d"), made_source("orders")])
        command = [sys.executable, "-m", "cli.main", "render"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            await_that((tmp_path / "var" / "reports" / "positions.json").exists)
            nice, policy = os.getpriority(os.PRIO_PROCESS, process.pid), os.sched_getscheduler(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            stderr = process.communicate(timeout=120)[1]
        assert process.returncode == 0, stderr
        assert (nice, policy) == (min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10), os.SCHED_OTHER)
        assert "1 of 1 feature drifted" in stderr
        assert stderr.rstrip().endswith("stopped")
        assert json.loads((tmp_path / "var/reports/latest.json").read_text())["start_ms"] == START_MS


def test_the_command_says_that_a_store_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [made_source("orders")])
        (tmp_path / "var" / "reports").write_text("a file is not a folder")
        command = [sys.executable, "-m", "cli.main", "render", "--once"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 3, result.stderr
    assert f"reports at {tmp_path}/var/reports: cannot" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_command_says_that_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [hostile("user_spent_1d")])
        limited = (
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)); from cli.main import app; app()"
        )
        command = [sys.executable, "-c", limited, "render", "--once"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 3, result.stderr
    assert "cannot write features/user_spent_1d/20260101T140500Z.json: File too large" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_address_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE_REPORTS_URL", "nosuch://place")
        result = headrace("render", "--once")
    assert result.exit_code == 2
    assert "nosuch://place" in result.output
