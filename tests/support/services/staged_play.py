"""A play of quality on its real pages: the output of its pipeline is in a real Redis behind them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
import uvicorn

from connectors.redis import heartbeat_key
from connectors.redis.endpoints.heartbeat import redis_ms
from reports.history import HistoryPoint
from reports.incidents import Delivery
from reports.records import FeatureReport, SourceReport, quality_key
from serving.app import application
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served, wait_until_open

KEPT = 60
"""Closed reports of each feature in the report store."""


@dataclass
class Stage:
    """The pages of a play at `address`; `show` updates them to its current state."""

    there: Served
    address: str
    now_ms: int = 0

    @property
    def store(self) -> redis.Redis:
        return self.there.store

    def show(self, play: QualityPlay, stopped: bool = False) -> None:
        """Stores what the pipeline of a play has written; if it is `stopped`, the last heartbeat is a minute old.

        Otherwise it is of the next hour: looking at the pages takes longer than a pipeline may be silent.
        """
        self.now_ms = play.now
        for key in self.store.scan_iter(f"{self.there.prefix}:*"):
            self.store.delete(key)
        self.there.put_reports(play.closed.values())
        for key, report in play.shown.items():
            if not report.closed:
                self.store.hset(quality_key(self.there.prefix, key), "open", report.encode())
        self.there.put_incidents(play.incidents.values(), told_in(play))
        self._put_history(play.history)
        wall_ms = redis_ms(self.store) + (-60_000 if stopped else 3_600_000)
        beat = heartbeat_key(self.there.prefix, "user")
        self.store.hset(beat, mapping={"wall_ms": wall_ms, "published_ms": 0})

    def _put_history(self, closed: list[FeatureReport | SourceReport]) -> None:
        of_features: dict[str, list[FeatureReport]] = {}
        for report in closed:
            if isinstance(report, FeatureReport):
                of_features.setdefault(report.key, []).append(report)
        for name, reports in of_features.items():
            self.there.put_points(name, map(HistoryPoint.of, reports))
            for report in reports[-KEPT:]:
                self.there.context.reports.write_feature(report)


def told_in(play: QualityPlay) -> dict[str, list[Delivery]]:
    """Returns the deliveries of each incident: the pager gets everything at once."""
    by_incident: dict[str, list[Delivery]] = {}
    for sent in play.told:
        deliveries = by_incident.setdefault(sent.alert.incident, [])
        if sent.alert.state not in {delivery.state for delivery in deliveries}:
            deliveries.append(Delivery(target="pager", state=sent.alert.state, at_ms=sent.at_ms))
    return by_incident


@contextmanager
def staged(server: RedisServer, folder: Path, specs: Path) -> Iterator[Stage]:
    """Serves the pages of the definitions in a folder."""
    deployment, port = served(server, folder, specs=specs), free_port()
    stage = Stage(deployment, f"http://127.0.0.1:{port}")
    app = application(deployment.context, lambda: stage.now_ms)
    pages = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=pages.run)
    thread.start()
    wait_until_open(port)
    try:
        yield stage
    finally:
        pages.should_exit = True
        thread.join()
