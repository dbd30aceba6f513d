"""Tests that whatever answers at the address of the admin interface, the error names the address and a remedy."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AdminError, BrokerAway
from connectors.pulsar_connection import PulsarConnection

TOPIC = "persistent://public/default/orders"


@contextmanager
def answering(content: bytes) -> Iterator[PulsarAdmin]:
    """Answers every request with the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(content)

        served = threading.Thread(target=serve)
        served.start()
        port = server.getsockname()[1]
        yield PulsarAdmin(PulsarConnection("pulsar://127.0.0.1:6650", f"http://127.0.0.1:{port}"))
        served.join()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"-ERR unknown command 'GET'\r\n", "the answer is not HTTP, or broke off"),
        (bytes(range(256)), "the answer is not HTTP, or broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "the answer is not HTTP, or broke off"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>welcome</html>", "the answer is not JSON"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"version": "\xe9"}', "the answer is not JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, "the answer is not JSON"),
        (b"", "Remote end closed connection"),
    ],
)
def test_what_is_no_admin_interface_is_named(content: bytes, said: str) -> None:
    with answering(content) as admin, pytest.raises(BrokerAway) as away:
        admin.schema(TOPIC)
    text = str(away.value)
    assert said in text and "http://127.0.0.1:" in text and "HEADRACE_PULSAR_ADMIN_URL" in text
    assert "\n" not in text


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"{", b"[" * 100_000, b"\xe9"])
def test_a_refusal_in_any_form_keeps_its_status(body: bytes) -> None:
    with answering(b"HTTP/1.1 409 Conflict\r\n\r\n" + body) as admin, pytest.raises(AdminError) as refused:
        admin.schema(TOPIC)
    assert refused.value.status == 409


def test_a_refusal_that_breaks_off_keeps_its_status() -> None:
    answer = b"HTTP/1.1 409 Conflict\r\nContent-Length: 9\r\n\r\nno"
    with answering(answer) as admin, pytest.raises(AdminError) as refused:
        admin.schema(TOPIC)
    assert (refused.value.status, refused.value.reason) == (409, "Conflict")
