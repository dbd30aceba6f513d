"""Limits connections: time to send a request, time to receive the answer, and their number."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

ASKING_S = 10.0
"""Seconds from the connection, or the first byte after an answer, to the end of the headers."""
ANSWERING_S = 60.0
"""Seconds from the headers until the client has received the whole answer."""
MOST_CONNECTIONS = 1_000
BUSY = b'{"error":"too many connections; try again in a few seconds"}'
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(BUSY), BUSY)
)


class Connection(H11Protocol):
    """A connection that closes itself when it is idle, slow or beyond the limit."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepts a connection, or refuses it beyond the limit."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"transport {transport!r} not supported; expected a stream")
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.write(REFUSAL)
            transport.close()
        self._ends_in(ASKING_S)

    def data_received(self, data: bytes) -> None:
        """Takes bytes of a request; only complete headers extend the deadline."""
        if self._deadline is None:
            self._ends_in(ASKING_S)
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before and not self.cycle.response_complete:
            self._ends_in(ANSWERING_S)

    def on_response_complete(self) -> None:
        """Cancels the deadline; between requests the keep-alive timeout applies."""
        self._ends_in(None)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the deadline of a closed connection."""
        self._ends_in(None)
        super().connection_lost(exc)

    def _ends_in(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)
