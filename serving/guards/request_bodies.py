"""Bodies of requests: how large and how slow they may be; what is refused is not read on."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1_000_000
LONGEST_S = 10.0
_REFUSED_TYPES = ("multipart/", "text/xml", "application/xml", "text/html", "image/", "audio/", "video/")


@dataclass(frozen=True, slots=True)
class RefusedBody(Exception):
    """A body that is not read."""

    status: int
    why: str


async def body_of(request: Request, most: int = MOST_BYTES) -> bytes:
    """The whole body. Raises RefusedBody for one that is too large, too slow or of another type than JSON."""
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
        raise RefusedBody(408, f"a body that comes within {LONGEST_S:.0f} s is expected") from None
    return bytes(body)


def _too_large(most: int) -> RefusedBody:
    return RefusedBody(413, f"a body of at most {most:,} bytes is expected")


def _expect_json(request: Request) -> None:
    """Tools say of JSON that it is a form, or nothing: only what cannot be meant is refused."""
    given = request.headers.get("content-type", "").lower()
    if given.startswith(_REFUSED_TYPES):
        raise RefusedBody(415, f"a body of application/json is expected, not of {given:.60}")
    coding = request.headers.get("content-encoding", "identity").lower()
    if coding != "identity":
        raise RefusedBody(415, f"a body that is not compressed is expected, not {coding:.60}")


class Unread:
    """Closes the connection after an answer that came before the whole body was read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not _announced(scope):
            await self._app(scope, receive, send)
            return
        whole = False

        async def received() -> Message:
            nonlocal whole
            message = await receive()
            whole = whole or not message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, received, sent)


def _announced(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
        for name, value in scope["headers"]
    )
