"""`headrace serve` as a process that is told to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.services.ports import free_port
from tests.support.services.serving_app import wait_until_open


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_stopped_is_no_failure(redis_url: str, tmp_path: Path, number: signal.Signals) -> None:
    settings = os.environ | {"HEADRACE_REDIS_URL": redis_url, "HEADRACE_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port := free_port())]
    with subprocess.Popen(command, env=settings) as serving:
        try:
            wait_until_open(port)
            serving.send_signal(number)
            assert serving.wait(timeout=20) == 0
        finally:
            serving.kill()
