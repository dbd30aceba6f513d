"""Connections of the server: how long one may take to ask, to be answered, and how many there may be."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

ASKING_S = 10.0
"""From a connection, or the end of an answer and a first byte, to the end of the headers."""
ANSWERING_S = 60.0
"""From the headers until the answer was taken, body included."""
MOST_CONNECTIONS = 1_000
BUSY = b'{"error":"the server has as many connections as it takes; ask again in some seconds"}'
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(BUSY), BUSY)
)


class Connection(H11Protocol):
    """Ends by itself when it is half-open, slow or one too many."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"a stream is expected, not {transport!r}")
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.write(REFUSAL)
            transport.close()
        self._ends_in(ASKING_S)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a question; only whole headers win more time."""
        if self._deadline is None:
            self._ends_in(ASKING_S)
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before and not self.cycle.response_complete:
            self._ends_in(ANSWERING_S)

    def on_response_complete(self) -> None:
        """The time between two questions is that of keep-alive."""
        self._ends_in(None)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        self._ends_in(None)
        super().connection_lost(exc)

    def _ends_in(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)
