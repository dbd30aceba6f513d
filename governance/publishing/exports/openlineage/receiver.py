"""Sends events to a lineage receiver once, for a bounded time; a failure is one sentence."""

import base64
import http.client
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

from dataflows.runtime.settings import Settings

TIMEOUT_S, LONGEST_S = 3.0, 5.0
"""Seconds to connect, and for each part of an answer; for the whole request."""
_PATH = "/api/v1/lineage"
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


class EventNotAccepted(Exception):
    """An event was not accepted; the sentence names only the host, because an address can contain a secret."""


class _Straight(urllib.request.HTTPRedirectHandler):
    """Refuses redirects, which would carry the token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Receiver:
    """The address and the token of a lineage receiver."""

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    def send(self, event: Mapping[str, Any]) -> None:
        """Sends an event, in a bounded time whatever the receiver does. Raises EventNotAccepted."""
        trouble = SimpleQueue[str]()
        threading.Thread(target=lambda: trouble.put(self._trouble(event)), name="lineage", daemon=True).start()
        try:
            why = trouble.get(timeout=LONGEST_S)
        except Empty:
            why = f"does not answer (no answer within {LONGEST_S:.0f} s)"
        if why:
            raise EventNotAccepted(f"{self.host} {why}")

    def _trouble(self, event: Mapping[str, Any]) -> str:
        """Sends an event; returns an error message, or nothing."""
        try:
            headers = {"Content-Type": "application/json", **self._authorization()}
            request = urllib.request.Request(self._address(), json.dumps(event).encode(), headers, method="POST")
            with urllib.request.build_opener(_Straight).open(request, timeout=TIMEOUT_S) as answer:
                answer.read(1)
        except urllib.error.HTTPError as error:
            return f"answers with status {error.code}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"does not answer ({_why(error)})"
        return ""

    @property
    def host(self) -> str:
        """Returns the host, which is no secret, if the address has one."""
        try:
            host = urlsplit(self.url).hostname or ""
        except ValueError:
            host = ""
        return host if _HOST.fullmatch(host) else "the receiver of lineage"

    def _address(self) -> str:
        """Returns the address without its user, and with the OpenLineage path if it has none."""
        parts = urlsplit(self.url)
        path = _PATH if parts.path in ("", "/") else parts.path
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path).geturl()

    def _authorization(self) -> dict[str, str]:
        """Returns the token, else the user and password of the address, as headers."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        user, _, _ = urlsplit(self.url).netloc.rpartition("@")
        basic = base64.b64encode(unquote(user).encode()).decode()
        return {"Authorization": f"Basic {basic}"} if user else {}


def receiver_of(settings: Settings) -> Receiver | None:
    """Returns the receiver of these settings, or None."""
    if settings.openlineage_url is None:
        return None
    token = settings.openlineage_token
    return Receiver(settings.openlineage_url.get_secret_value(), token.get_secret_value() if token else None)


def _why(error: Exception) -> str:
    """Words an error without its text, which can repeat the address."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    return (reason.strerror or type(reason).__name__) if isinstance(reason, OSError) else type(reason).__name__
