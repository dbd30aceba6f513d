"""A server that answers as broken servers and networks do."""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

Answer = Callable[[socket.socket, bytes], None]
ONE: dict[str, Any] = {"entities": [{"id": "u1", "features": {}}]}


class Server:
    """Accepts connections and answers each request with the next answer; records the requests."""

    def __init__(self, answers: list[Answer]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(20)
        self._answers = iter(answers)
        self.requests = list[bytes]()
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # close() alone leaves the thread in accept() until its timeout
        self._listening.close()
        self._thread.join(20)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        """Answers until an answer closes the connection, or the client does."""
        connection.settimeout(20)
        while (request := received(connection)) is not None:
            self.requests.append(request)
            answer = next(self._answers)
            try:
                answer(connection, request)
            except OSError:  # the client has given up
                return
            if answer in CLOSING:
                return


def received(connection: socket.socket) -> bytes | None:
    """Returns a whole request, or None if the client has closed the connection."""
    got = b""
    while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < length(got):
        if not (chunk := connection.recv(65_536)):
            return None
        got += chunk
    return got


def length(request: bytes) -> int:
    head = request.split(b"\r\n\r\n", 1)[0].lower()
    return int(head.split(b"content-length: ")[1].split(b"\r\n")[0])


def sent(status: str, body: bytes, *headers: str) -> Answer:
    """Returns a complete answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda connection, _: connection.sendall("\r\n".join(lines).encode() + body)


def good(connection: socket.socket, request: bytes) -> None:
    sent("200 OK", json.dumps(ONE).encode())(connection, request)


def good_and_gone(connection: socket.socket, request: bytes) -> None:
    """Answers, then closes as a server that closes idle connections: the client notices with its next request."""
    good(connection, request)


def hang_up(connection: socket.socket, request: bytes) -> None:
    """Answers nothing."""


def garbage(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def cut_short(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"entities": [')


def chunked(connection: socket.socket, request: bytes) -> None:
    body = json.dumps(ONE).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    connection.sendall(b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")


def silence(connection: socket.socket, request: bytes) -> None:
    received(connection)


def drip(connection: socket.socket, request: bytes) -> None:
    """Sends a byte now and then, each well within the time limit."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.02)


CLOSING: tuple[Answer, ...] = (good_and_gone, hang_up, garbage, cut_short)
