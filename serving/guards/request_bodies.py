"""Limits request bodies by size, time and type; the rest of a refused body is not read."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.features.contract import MOST_BODY_BYTES

LONGEST_S = 10.0
_REFUSED_TYPES = ("multipart/", "text/xml", "application/xml", "text/html", "image/", "audio/", "video/")


@dataclass(frozen=True, slots=True)
class RefusedBody(Exception):
    """A body is refused, with the HTTP status and the reason."""

    status: int
    why: str


async def body_of(request: Request, most: int = MOST_BODY_BYTES) -> bytes:
    """Reads the whole body. Raises RefusedBody if it is too large, too slow or not JSON."""
    _expect_json(request)
    if (announced := request.headers.get("content-length", "")).isdigit() and int(announced[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise RefusedBody(408, f"body too slow; expected within {LONGEST_S:.0f} s") from None
    return bytes(body)


def _too_large(most: int) -> RefusedBody:
    return RefusedBody(413, f"body too large; expected at most {most:,} bytes")


def _expect_json(request: Request) -> None:
    """Refuses types that cannot be JSON; accepts the rest, because many tools send JSON without its type."""
    given = request.headers.get("content-type", "").lower()
    if given.startswith(_REFUSED_TYPES):
        raise RefusedBody(415, f"content type {given:.60} not supported; expected application/json")
    coding = request.headers.get("content-encoding", "identity").lower()
    if coding != "identity":
        raise RefusedBody(415, f"content encoding {coding:.60} not supported; expected an uncompressed body")


class UnreadBody:
    """Closes the connection after an answer sent before the whole body was read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or not _announced(scope):
            await self._app(scope, receive, send)
            return
        whole = False

        async def received() -> Message:
            nonlocal whole
            message = await receive()
            whole = whole or not message.get("more_body", False)
            return message

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, received, send_closing)


def _announced(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
        for name, value in scope["headers"]
    )
