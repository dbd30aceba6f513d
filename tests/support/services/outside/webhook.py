"""Provides receivers of alerts for tests: a real HTTP server, a clock, an alert topic, and pagers over them."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from connectors.retry import Backoff
from reports.delivery import DeliveryLog, Notifier, Target
from reports.delivery.channels import Channel, FormattedWebhook
from reports.delivery.channels.formats import FORMATS
from reports.delivery.channels.webhook import Webhook
from reports.records import Alert
from tests.support.services.outside.server_thread import answering

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z


@dataclass(slots=True)
class Hook:
    """A webhook's other side: what came, and how posts are answered: by `script` while it lasts, then by 200."""

    port: int = 0
    received: list[Any] = field(default_factory=list)  # bodies that were answered by 200
    headers: list[dict[str, str]] = field(default_factory=list)
    tried: int = 0
    script: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    slow_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T0/s3cret"


@contextmanager
def hooked(port: int = 0) -> Iterator[Hook]:
    hook = Hook()
    with answering(ThreadingHTTPServer(("127.0.0.1", port), partial(_HookRequest, hook))) as hook.port:
        yield hook


def told(hook: Hook) -> list[tuple[str, str]]:
    """Returns (feature, state) of the received alerts, in order of arrival."""
    return [(alert["feature"], alert["state"]) for body in hook.received for alert in body["alerts"]]


class _HookRequest(BaseHTTPRequestHandler):
    def __init__(self, hook: Hook, *arguments: Any) -> None:
        self.hook = hook
        super().__init__(*arguments)

    def do_POST(self) -> None:
        hook, body = self.hook, json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hook.tried += 1
        code, headers = hook.script.pop(0) if hook.script else (200, {})
        time.sleep(hook.slow_s)
        if code == 200:
            hook.headers.append(dict(self.headers))
            hook.received.append(body)
        self.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        self.hook.received.append("a GET")

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""


class World:
    """A clock, an alert topic, and pagers over them; a new pager is a restart."""

    def __init__(self, file: Path, url: str) -> None:
        self.now, self.topic, self.file, self.url = NOON, list[Alert](), file, url
        self.asked = self.confirmed = 0
        self.noted, self.late = list[tuple[str, str, str]](), list[tuple[str, str, str]]()

    def pager(self, form: str = "generic", timeout_s: float = 5.0) -> Notifier:
        return self.notifier(FormattedWebhook(Webhook(self.url, lambda: self.now, timeout_s), FORMATS[form]))

    def notifier(self, channel: Channel, wants: Callable[[Alert], bool] = lambda alert: True) -> Notifier:
        target = Target("webhook", channel, wants)
        return Notifier(target, _Topic(self), DeliveryLog(self.file), lambda: self.now, Backoff(1.0, 300.0), self._note)

    def _note(self, target: str, alerts: Sequence[Alert], *, failure: str = "") -> None:
        noted = self.late if failure else self.noted
        noted += [(target, alert.key, alert.state) for alert in alerts]

    def polled(self, pager: Notifier, seconds: float, step: float = 1.0) -> None:
        for _ in range(int(seconds / step)):
            pager.poll()
            self.now += int(step * 1000)


class _Topic:
    """The source of a pager: all alerts of the topic, each time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self) -> Sequence[Alert]:
        self._world.asked += 1
        return list(self._world.topic)

    def confirm(self) -> None:
        self._world.confirmed = len(self._world.topic)


def alert(feature: str = "user_spend_1h", state: str = "firing", group: str = "user:drift", at_ms: int = NOON) -> Alert:
    return Alert(
        key=f"{feature}:drift:{NOON - 900_000}",
        feature=feature,
        source="orders",
        rule="drift",
        detail="psi",
        state="firing" if state == "firing" else "resolved",
        onset_ms=NOON - 900_000,
        at_ms=at_ms,
        windows=3,
        score=0.4,
        threshold=0.1,
        n=5_000,
        summary="psi 0.40 over 0.10",
        owner="risk-team@example.com",
        group=group,
    )


def changed(alert: Alert, **fields: object) -> Alert:
    """Returns the alert with other fields."""
    made: Alert = msgspec.structs.replace(alert, **fields)
    return made
