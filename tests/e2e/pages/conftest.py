"""Serves the pages on a port of this machine, over a real Redis with made reports, incidents and histories."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from serving.app import application, now_ms
from tests.support.factories.deployments import furnish
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served, wait_until_open


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    app = served(redis_server, tmp_path)
    furnish(app)
    return app


@pytest.fixture
def address(app: Served) -> Iterator[str]:
    """Serves the application on a port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application(app.context, now_ms), port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until_open(port)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
