"""Stores made reports and entities in a real Redis, as the dataflow does, and runs the application over them."""

import re
import socket
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import redis
from starlette.testclient import TestClient

from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from reports.history import HistoryPoint, history_key, slot
from reports.incidents import Delivery, Incident, deliveries_key, incidents_key
from reports.records import FeatureReport, SourceReport, quality_key
from serving.app import application
from serving.context import ServingContext, context_of
from tests.support.services.redis_server import RedisServer

NOW_MS = 1_767_276_600_000
MOST_BYTES = 50_000
"""Size limit of a page with its files, as transferred (bytes)."""
OWN_FILES = re.compile(r'(?:src|href)="(/static/[^"]+)"')
"""Matches the files that a page requests."""
GUARD: dict[Any, Any] = {"_as_of": str(NOW_MS - 1_500), "_seq": "3", "_spec": "0"}


@dataclass(frozen=True, slots=True)
class Served:
    """A separate prefix on a server, and a separate folder for reports."""

    store: redis.Redis
    context: ServingContext

    @property
    def prefix(self) -> str:
        return self.context.settings.redis_prefix

    def put_entity(self, entity_type: str, entity: str, fields: Mapping[str, str]) -> None:
        """Writes a row as the dataflow does."""
        key = f"{self.prefix}:{entity_type}:{entity}"
        self.store.hset(key, mapping=GUARD | dict(fields))

    def put_reports(self, reports: Iterable[FeatureReport | SourceReport]) -> None:
        """Writes the reports of closed intervals."""
        for report in reports:
            self.store.hset(quality_key(self.prefix, report.key), "closed", report.encode())

    def put_points(self, feature: str, points: Iterable[HistoryPoint]) -> None:
        """Writes the history of a feature."""
        fields: dict[Any, Any] = {slot(point.start_ms, point.end_ms): point.encode() for point in points}
        self.store.hset(history_key(self.prefix, feature), mapping={"_as_of": "1", "_seq": "0", **fields})

    def put_incidents(
        self, incidents: Iterable[Incident], delivered: Mapping[str, Sequence[Delivery]] | None = None
    ) -> None:
        """Writes incidents and their deliveries."""
        for incident in incidents:
            self.store.hset(incidents_key(self.prefix), incident.id, incident.encode())
        for name, deliveries in (delivered or {}).items():
            self.store.hset(deliveries_key(self.prefix), name, msgspec.json.encode(deliveries))

    def sent(self, path: str) -> int:
        """Returns the size of a response as transferred (bytes)."""
        with self.client().stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            return sum(map(len, answer.iter_raw()))

    def client(self) -> TestClient:
        """Returns an HTTP client; errors of the application are answers, not exceptions."""
        app = application(self.context, lambda: NOW_MS)
        return TestClient(app, base_url="http://localhost", raise_server_exceptions=False, follow_redirects=False)


def served(server: RedisServer, folder: Path, **settings: object) -> Served:
    """Returns an application over the shipped definitions."""
    chosen = Settings.model_validate(
        {
            "redis_url": server.url,
            "redis_prefix": f"p{uuid.uuid4().hex[:8]}",
            "var": folder / "var",
            "reports_url": str(folder / "reports"),
            **settings,
        }
    )
    return Served(
        server.client(), context_of(chosen) if "specs" in settings else ServingContext(chosen, _shipped(chosen.specs))
    )


@cache
def _shipped(specs: Path) -> Definitions:
    """Returns the shipped definitions, which a process reads once."""
    return load(specs)


def wait_until_open(port: int, seconds: float = 240.0) -> None:
    """Waits until a port of this machine accepts connections."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on port {port} after {seconds:.0f} s")


TYPES = ["item", "user"]
