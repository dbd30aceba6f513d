"""Starts the real services of a benchmark on this machine, and stops them when it ends."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connectors.pulsar import PulsarConnection
from tests.support.broker.broker import Broker
from tests.support.paths import ROOT
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import wait_until_open


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Starts a Redis without persistence."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), kept=False).start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def pulsar_and_redis() -> Iterator[tuple[PulsarConnection, RedisServer]]:
    """Starts a broker, reached as the dataflow reaches one, and a Redis."""
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker, redis() as server:
        yield PulsarConnection(broker.url, broker.admin_url), server


@contextmanager
def headrace_serve(settings: Mapping[str, str]) -> Iterator[int]:
    """Runs `headrace serve` with these settings and no others; yields its port."""
    port = free_port()
    others = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=others | dict(settings))
    try:
        wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait()
