"""Starts the real services of a benchmark on this machine, and stops them when it ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.pulsar import PulsarConnection
from tests.support.broker.broker import Broker
from tests.support.services.redis_server import RedisServer


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
