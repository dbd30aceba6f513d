"""A real `headrace serve` over a Redis, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.services.ports import free_port
from tests.support.services.serving_app import wait_until_open


@contextmanager
def serve_process(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a server with these settings, such as redis_url; it serves the shipped definitions."""
    named = {f"HEADRACE_{name.upper()}": value for name, value in settings.items()}
    environment = os.environ | {"HEADRACE_VAR": str(folder / "var"), "HEADRACE_SPECS": str(ROOT / "feature_specs")}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port := free_port())]
    with subprocess.Popen(command, cwd=ROOT, env=environment | named) as process:
        try:
            wait_until_open(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)
