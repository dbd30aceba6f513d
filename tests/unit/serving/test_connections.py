"""Tests how answers leave the server."""

import socket

from cli.handlers.serve import listen
from tests.support.services.ports import free_port


def test_an_answer_does_not_wait_for_an_acknowledgement() -> None:
    with (
        listen("127.0.0.1", port := free_port()) as listening,
        socket.create_connection(("127.0.0.1", port)),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
