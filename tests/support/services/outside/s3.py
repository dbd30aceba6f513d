"""Runs a real S3 over HTTP, with a separate bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from tests.support.services.ports import free_port

KEY, SECRET = "id", "canary"


@contextmanager
def served_bucket(name: str) -> Iterator[str]:
    """Serves an S3 with one bucket; yields its endpoint."""
    server = ThreadedMotoServer("127.0.0.1", free_port())
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    fsspec.filesystem("s3", skip_instance_cache=True, key=KEY, secret=SECRET, endpoint_url=endpoint).mkdir(name)
    yield endpoint
    server.stop()


def with_s3(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Points S3 addresses to an endpoint."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
