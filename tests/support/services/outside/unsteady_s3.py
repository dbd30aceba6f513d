"""Puts an unsteady network in front of a real S3: its answers are late, refused, or cut in the middle of a body."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any, Literal

from tests.support.services.outside.server_thread import answering

Fault = Literal["none", "cut", "slow_down", "denied", "gone"]
REFUSALS = {
    "slow_down": (503, "SlowDown", "Please reduce your request rate."),
    "denied": (400, "ExpiredToken", "The provided token has expired."),
    "gone": (404, "NoSuchKey", "The specified key does not exist."),
}
"""The status, code and message of refused requests."""

NOT_FORWARDED = ("connection", "transfer-encoding")

FaultOf = Callable[[str, str], Fault]
"""Returns the fault of a request from its method and path."""


@dataclass(frozen=True, slots=True)
class Network:
    """The S3 behind the network, the faults on the way, and how long each answer takes."""

    endpoint: str
    fault_of: FaultOf
    delay_s: float


@contextmanager
def unsteady(endpoint: str, fault_of: FaultOf, delay_s: float = 0.0) -> Iterator[str]:
    """Serves an S3 with faults; yields its endpoint."""
    handler = partial(_Handler, Network(endpoint, fault_of, delay_s))
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, network: Network, *connection: Any) -> None:
        self._network = network
        super().__init__(*connection)

    def _answer(self) -> None:
        sleep(self._network.delay_s)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self._network.fault_of(self.command, self.path)
        if fault in REFUSALS:
            self._refuse(*REFUSALS[fault])
            return
        status, headers, content = self._forwarded(body)
        self._send(status, headers, content[: len(content) // 2] if fault == "cut" else content, len(content))
        self.close_connection = fault == "cut"

    def _refuse(self, status: int, code: str, message: str) -> None:
        answer = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self._send(status, {"Content-Type": "application/xml"}, answer, len(answer))

    def _forwarded(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(self._network.endpoint.removeprefix("http://"))
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def _send(self, status: int, headers: dict[str, str], content: bytes, length: int) -> None:
        self.send_response(status)
        forwarded = {name: text for name, text in headers.items() if name.lower() not in NOT_FORWARDED}
        if self.command != "HEAD":
            forwarded["Content-Length"] = str(length)
        for name, text in forwarded.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


for method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
    setattr(_Handler, f"do_{method}", _Handler._answer)
