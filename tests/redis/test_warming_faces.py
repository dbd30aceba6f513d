"""Tests a deployment whose topic has lost its first messages: every reader of its rows sees the same features warm
up."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.redis.endpoints import RedisSink
from dataflows.definitions.loader import Definitions
from dataflows.history import Job, RowRequest
from dataflows.history import replay as replay_history
from reports.records import FeatureReport
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, ports, raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.judged_history import execution
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START
from tests.support.oracle.event_facts import Event
from tests.support.services.redis_rows import read_entity
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

pytestmark = pytest.mark.long

HOUR = 3_600_000
COUNT = {"source": "orders", "value_type": "INT64", "aggregation": "count"}
WARMING = {"ever", "half", "month"}


def shop(folder: Path) -> Definitions:
    return by_hand(
        folder,
        soon={**COUNT, "window": "1h"},
        month={**COUNT, "window": "30d"},
        ever={**COUNT, "window": "lifetime"},
        half={"expression": "month / 2", "value_type": "DOUBLE"},
    )


def hours(many: int) -> list[Event]:
    """Returns an order per hour of each of 300 users."""
    return [
        {"event_type": "pay", "user_id": f"u{user}", "timestamp": START + hour * HOUR + user}
        for hour in range(many)
        for user in range(300)
    ]


def run(app: Served, definitions: Definitions, events: Sequence[Event], folder: Path, since: dict[str, int]) -> Left:
    """Runs history into a real Redis, topics and reports."""
    left = Left(definitions, runs=1)
    ends = ports(left, {"orders": [[raw_batch("0", events)]]}, lambda _: None, [])
    url = app.context.settings.redis_address
    store = RedisSink(url, Path("unused"), SINK_PARTITIONS, lambda writes: None, lambda: False)
    ends = replace(ends, store=store, quality=replace(ends.quality, live=store))
    how = execution({"redis_prefix": app.prefix})
    assert replay_history(Job(folder, 3), definitions, ends, RowRequest(topics=True, judged=True), how, since)
    return left


def feature_reports(left: Left) -> list[FeatureReport]:
    reports = [FeatureReport.decode(payload) for key, payload in left.reports if not key.startswith("source:")]
    return sorted(reports, key=lambda report: report.start_ms)


def last_reports(left: Left) -> dict[str, FeatureReport]:
    return {report.key: report for report in feature_reports(left)}


def test_what_warms_up_is_the_same_at_every_face(redis_server: RedisServer, tmp_path: Path) -> None:
    definitions, since = shop(tmp_path / "specs"), START + HOUR // 2
    app = served(redis_server, tmp_path, specs=tmp_path / "specs")
    left = run(app, definitions, hours(4), tmp_path / "job", {"user_id": since})
    browser = app.client()
    assert set(read_entity(app.store, app.prefix, "user", "u7")["_warming"].split(",")) == WARMING
    assert set(browser.get("/api/v1/features/user/u7").json()["warming"]) == WARMING
    records = [record for record in left.records if record.entity == "u7"]
    assert set(max(records, key=lambda record: record.as_of).warming) == WARMING
    assert {name for name, report in last_reports(left).items() if report.status == "warming_up"} == WARMING
    page = browser.get("/features/user/u7").text
    assert page.count("warming up") == len(WARMING)
    notes = {name: report.note for name, report in last_reports(left).items()}
    assert notes["month"] == notes["half"] == "has seen 3.5 h of its window of 30 d"
    assert notes["ever"] == "has counted for 3.5 h, but not since the first event of a lifetime"
    for name in WARMING:
        assert notes[name].lower() in re.sub(r"\s+", " ", browser.get(f"/quality/{name}").text).lower()


def test_early_rows_warm_up_and_later_ones_do_not(redis_server: RedisServer, tmp_path: Path) -> None:
    """Each row and each interval by its own time."""
    definitions, since = shop(tmp_path / "specs"), START + HOUR // 2
    app = served(redis_server, tmp_path, specs=tmp_path / "specs")
    left = run(app, definitions, hours(4), tmp_path / "job", {"user_id": since})
    soon = {report.start_ms: report.status for report in feature_reports(left) if report.key == "soon"}
    whole = since + HOUR + 60_000
    assert [soon[start] == "warming_up" for start in sorted(soon)] == [True, True, False, False]
    for record in left.records:
        assert ("soon" in record.warming) == (record.as_of < whole)


def test_history_that_is_whole_is_judged_at_once(redis_server: RedisServer, tmp_path: Path) -> None:
    definitions = shop(tmp_path / "specs")
    app = served(redis_server, tmp_path, specs=tmp_path / "specs")
    long_ago: list[Event] = [{"event_type": "pay", "user_id": "u0", "timestamp": START - 31 * 24 * HOUR}]
    left = run(app, definitions, [*long_ago, *hours(6)], tmp_path / "job", {})
    reports = last_reports(left)
    assert {report.status for report in reports.values()}.isdisjoint({"warming_up", "too_new", "too_few_rows"})
    assert all(report.reference_intervals and report.scores for report in reports.values())
    assert "_warming" not in read_entity(app.store, app.prefix, "user", "u7")
    assert not any(record.warming for record in left.records)


def test_values_of_a_topic_that_has_just_begun_are_whole_and_not_compared(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    """They grow until events have filled the window once; nothing warms up, as no events are missing."""
    definitions = shop(tmp_path / "specs")
    app = served(redis_server, tmp_path, specs=tmp_path / "specs")
    left = run(app, definitions, hours(6), tmp_path / "job", {})
    reports = last_reports(left)
    assert {name for name, report in reports.items() if report.status == "too_new"} == {"half", "month"}
    assert "6 h of its window of 30 d" in reports["month"].note
    assert "_warming" not in read_entity(app.store, app.prefix, "user", "u7")
