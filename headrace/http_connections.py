"""Connections to one HTTP server, kept open between requests."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from socket import socket
from urllib.parse import SplitResult

from headrace.errors import ServiceUnavailable

CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a server; `location` is the target of a redirect."""

    status: int
    content: bytes
    location: str


class HttpConnections:
    """Posts to the server of an address, from any number of threads: each request uses its own connection.

    A request ends within `timeout_s`, however slowly the server sends.
    """

    def __init__(self, address: SplitResult, timeout_s: float) -> None:
        self._address, self._timeout_s = address, timeout_s
        self._idle = deque[HTTPConnection]()

    def post(self, target: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Sends a request that may be repeated. Raises ServiceUnavailable."""
        until = time.monotonic() + self._timeout_s
        try:
            return self._post(target, body, headers, until)
        except TimeoutError as error:
            raise ServiceUnavailable(f"{self._place} did not answer within {self._timeout_s:g} s") from error
        except (OSError, HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ServiceUnavailable(
                f"{self._place} does not answer: {why:.200}; expected headrace serve at this address"
            ) from error

    def close(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            self._idle.pop().close()

    @property
    def _place(self) -> str:
        return f"{self._address.scheme}://{self._address.netloc}"

    def _post(self, target: str, body: bytes, headers: Mapping[str, str], until: float) -> HttpAnswer:
        try:
            idle = self._idle.pop()
        except IndexError:
            return self._exchange(self._opened(), target, body, headers, until)
        try:
            return self._exchange(idle, target, body, headers, until)
        except ConnectionError:  # the server has closed it meanwhile, and most likely the others too
            self.close()
            return self._exchange(self._opened(), target, body, headers, until)

    def _opened(self) -> HTTPConnection:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        return kind(self._address.hostname or "", self._address.port)

    def _exchange(
        self, connection: HTTPConnection, target: str, body: bytes, headers: Mapping[str, str], until: float
    ) -> HttpAnswer:
        try:
            answer, stays = _answer(connection, target, body, headers, until)
        except BaseException:
            connection.close()
            raise
        if stays:
            self._idle.append(connection)
        else:
            connection.close()
        return answer


def _answer(
    connection: HTTPConnection, target: str, body: bytes, headers: Mapping[str, str], until: float
) -> tuple[HttpAnswer, bool]:
    """Returns the server's answer, and whether it keeps the connection open."""
    connection.timeout = _left(until)
    if connection.sock is not None:
        connection.sock.settimeout(connection.timeout)
    connection.request("POST", target, body, dict(headers))
    open_socket: socket = connection.sock
    open_socket.settimeout(_left(until))
    response = connection.getresponse()
    content = _content(response, open_socket, until)
    return HttpAnswer(response.status, content, response.getheader("Location", "")), not response.will_close


def _content(response: HTTPResponse, open_socket: socket, until: float) -> bytes:
    content = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        content += chunk
        open_socket.settimeout(_left(until))
    if response.length:
        raise IncompleteRead(bytes(content), response.length)
    response.read()  # nothing is left; reading frees the connection for the next request
    return bytes(content)


def _left(until: float) -> float:
    """Returns the seconds until a time of the monotonic clock. Raises TimeoutError if it has passed."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
