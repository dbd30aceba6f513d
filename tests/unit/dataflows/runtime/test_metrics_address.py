"""Tests that the engine's server is restricted however late it begins to listen."""

import socket
import time
from collections.abc import Iterator

import pytest

from dataflows.runtime.process.metrics_address import keep_metrics_to

pytestmark = pytest.mark.long

LATE_S = 600.0


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Provides a server of this process at all addresses, which does not listen yet."""
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        yield server


def is_answered(server: socket.socket, host: str) -> bool:
    try:
        socket.create_connection((host, server.getsockname()[1]), timeout=0.5).close()
    except TimeoutError:
        return False
    return True


def test_a_server_that_listens_after_minutes_is_restricted(
    server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal waited_s
        waited_s += seconds
        if waited_s > LATE_S:
            server.listen()

    monkeypatch.setenv("BYTEWAX_DATAFLOW_API_ENABLED", "1")
    monkeypatch.setenv("BYTEWAX_DATAFLOW_API_PORT", str(server.getsockname()[1]))
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", sleep)
        thread = keep_metrics_to("127.0.0.1")
        assert thread is not None
        thread.join(120)
    assert not thread.is_alive()
    assert is_answered(server, "127.0.0.1")
    assert not is_answered(server, "127.0.0.2")
