"""Posts to one secret address; returns the result and when to retry. No text made here contains the address."""

import base64
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from reports.delivery.channels.channel import DeliveryResult

TIMEOUT_S = 10.0
ABOUT_THE_BODY = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus(422)})


class Webhook:
    """An http(s) address that accepts JSON; a user and password in it are sent as basic authentication."""

    def __init__(self, url: str, now_ms: Callable[[], int], timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._headers = _apart(url)
        self._now_ms = now_ms
        self._timeout_s = timeout_s
        self._opener = build_opener(_NoRedirect)

    def post(self, body: bytes, key: str = "") -> DeliveryResult:
        """Posts once, waiting at most `timeout_s` for each reply of the receiver. Raises no network errors.

        `key` identifies the message in all its attempts.
        """
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        request = Request(self._url, body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return DeliveryResult(delivered=True)
        except HTTPError as error:
            with error:
                return self._answered(error)
        except (OSError, HTTPException) as error:
            return DeliveryResult(delivered=False, why=_failure(error))

    def _answered(self, error: HTTPError) -> DeliveryResult:
        wait_ms = retry_after_ms(error.headers.get("Retry-After"), self._now_ms())
        return DeliveryResult(False, error.code in ABOUT_THE_BODY, f"status {error.code}", wait_ms)


class _NoRedirect(HTTPRedirectHandler):
    """Refuses redirects: a redirected POST would arrive as a GET without its body."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        """Returns None: no redirect is followed."""


def retry_after_ms(header: str | None, now_ms: int) -> int:
    """Returns the pause that a Retry-After header, seconds or a date, requests (ms); 0 without one.

    >>> retry_after_ms("30", 0), retry_after_ms("Thu, 01 Jan 1970 00:00:09 GMT", 2_000), retry_after_ms("soon", 0)
    (30000, 7000, 0)
    >>> retry_after_ms("Thu, 01 Jan 99999999999 00:00:00 GMT", 0)
    0
    """
    if header is None:
        return 0
    if header.strip().isdecimal():
        return int(header) * 1000
    try:
        return max(0, int(parsedate_to_datetime(header).timestamp() * 1000) - now_ms)
    except (ValueError, OverflowError):
        return 0


def _apart(url: str) -> tuple[str, dict[str, str]]:
    """Splits an address into the URL without credentials, and the headers that hold them."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "User-Agent": "headrace"}
    user, separator, host = parts.netloc.rpartition("@")
    if separator:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    return urlunsplit(parts._replace(netloc=host)), headers


def _failure(error: Exception) -> str:
    """Words why no answer arrived, without any part of the address."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "timeout"
    text = reason.strerror if isinstance(reason, OSError) else None
    return text or type(reason).__name__
