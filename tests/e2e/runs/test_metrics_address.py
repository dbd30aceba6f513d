"""Tests who can reach the engine's own server, which listens on all addresses."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.services.ports import free_port
from tests.support.waiting import await_that

OTHER = "127.0.0.2"
FLOW = """
import sys
from datetime import datetime, timedelta, timezone
import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.testing import TestingSink
from dataflows.runtime.process.metrics_address import keep_metrics_to

class Idle(StatelessSourcePartition):
    def next_batch(self):
        return []
    def next_awake(self):
        return datetime.now(timezone.utc) + timedelta(seconds=0.1)

class Source(DynamicSource):
    def build(self, *_):
        return Idle()

flow = Dataflow("idle")
op.output("out", op.input("in", flow, Source()), TestingSink([]))
keep_metrics_to({host!r})
"""


@contextmanager
def worker(folder: Path, host: str) -> Iterator[int]:
    """Yields the port of a worker with the engine's server."""
    (folder / "idle.py").write_text(FLOW.format(host=host))
    served = {"BYTEWAX_DATAFLOW_API_ENABLED": "1", "BYTEWAX_DATAFLOW_API_PORT": str(port := free_port())}
    settings = os.environ | served | {"BYTEWAX_DATAFLOW_API_CACHE_PATH": str(folder), "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, "-m", "bytewax.run", f"{folder}/idle.py"], env=settings) as running:
        try:
            wait_for(port)
            yield port
        finally:
            running.kill()


def wait_for(port: int) -> None:
    await_that(lambda: bool(asked("127.0.0.1", port)))
    time.sleep(0.5)  # the address is checked every 2 ms


def asked(host: str, port: int) -> str:
    """Returns the answer of /metrics at an address; empty if nothing answers."""
    connection = http.client.HTTPConnection(host, port, timeout=30.0)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def test_by_default_only_this_machine_reads_the_metrics(tmp_path: Path) -> None:
    with worker(tmp_path, "127.0.0.1") as port:
        metrics = asked("127.0.0.1", port)
        assert "python_info" in metrics and "bytewax_" in metrics
        await_that(lambda: asked(OTHER, port) == "")


@pytest.mark.parametrize(("host", "reached"), [("0.0.0.0", True), ("localhost", False)])
def test_an_operator_says_who_reads_them(tmp_path: Path, host: str, reached: bool) -> None:
    with worker(tmp_path, host) as port:
        await_that(lambda: bool(asked(OTHER, port)) is reached)
