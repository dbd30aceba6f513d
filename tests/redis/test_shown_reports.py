"""Tests what the quality branch writes to a real Redis of a feature whose incident has not started, for its readers."""

from pathlib import Path

import msgspec
import pytest

from dataflows.quality.branch import _live
from dataflows.quality.intervals import Intervals
from dataflows.quality.options import Quality
from reports.alerting import InterimReport, Limits, ShownReport
from reports.records import FeatureReport
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_feature
from tests.support.services.redis_rows import sink
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import NOW_MS, Served, served

NAME = "user_spend_1h"


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


def pass_on(server: RedisServer, app: Served, *shown: ShownReport, at_ms: int) -> None:
    """Passes reports to Redis as a live run does at a time (ms)."""
    quality = Quality(Intervals(INTERVAL_MS, False, lambda: at_ms, live=True), Limits(), False, app.prefix)
    partition, written = sink(server.url), _live(quality)
    partition.write_batch([item for report in shown for _, item in written(report)])
    partition.snapshot()


def seen(app: Served) -> tuple[str, int]:
    """Returns the status that readers see, and the number of points of the history."""
    (shown,) = app.context.live_reports().settled_features()
    return shown.status, len(app.context.points(NAME))


@pytest.mark.parametrize("closed", [True, False])
def test_readers_see_an_interim_report_that_the_recorded_one_replaces(
    closed: bool, redis_server: RedisServer, app: Served
) -> None:
    fires = made_feature(NAME, start_ms=START_MS, status="firing", closed=closed)
    waits: FeatureReport = msgspec.structs.replace(fires, status="pending", alerts=())
    pass_on(redis_server, app, InterimReport(waits), at_ms=NOW_MS)
    assert seen(app) == ("pending", 0)
    pass_on(redis_server, app, fires, at_ms=NOW_MS + 6_000)
    assert seen(app) == ("firing", int(closed))
