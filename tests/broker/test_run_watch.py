"""Tests a live run's warnings on changed topics and on the policy of Redis: in its log, its metrics, Redis, for
readers."""

import json
import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest
from prometheus_client import REGISTRY

from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from connectors.errors import ExitCode
from connectors.pulsar import PulsarAdmin, PulsarConnection
from connectors.redis import heartbeat_key
from connectors.redis.memory import full
from connectors.redis.run_troubles import LEFT_MS, Troubles, leave_troubles, troubles_in, troubles_key
from dataflows.definitions.loader import load
from dataflows.definitions.model.source import Source
from dataflows.runtime.settings import Settings
from dataflows.runtime.watching.run_watch import RunWatch, topic_watch
from serving.quality.pipeline import read_pipeline
from tests.support.broker.topics import admin_call, fresh_topic, topic_of
from tests.support.factories.quality.reports import SPECS
from tests.support.paths import ROOT
from tests.support.programs.command_line import headrace, home
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import served
from tests.support.waiting import await_that

EVICTS, POLICY = "allkeys-lru", "maxmemory-policy"


def unending(error: BaseException) -> NoReturn:
    raise AssertionError("nothing here ends a run") from error


def settings_of(pulsar: PulsarConnection, server: RedisServer, var: Path) -> Settings:
    given = {"pulsar_url": pulsar.url, "pulsar_admin_url": pulsar.admin_url, "redis_url": server.url, "var": var}
    return Settings.model_validate(given)


def source_of(topic: str) -> Source:
    return next(iter(load(ROOT / "feature_specs").sources.values())).model_copy(update={"topic": topic})


def metric(name: str, source: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"source": source})


def troubles_of(server: RedisServer) -> Troubles:
    return troubles_in(server.client().get(troubles_key("headrace")))


def watch_over(settings: Settings, source: Source) -> RunWatch:
    """Watches the topic of a source, of which a run reads the first partition."""
    topics = topic_watch(settings, {"it": source}, lambda: time.time_ns() // 1_000_000)
    topics.listed(source.topic, [f"{source.topic}-partition-0"])
    return RunWatch(settings, topics, unending)


def change_partitions(pulsar: PulsarConnection, topic: str, method: str, *number: int) -> None:
    admin_call(pulsar, method, f"{topic.replace('://', '/')}/partitions" + ("" if number else "?force=true"), *number)


def expect_added_partitions(server: RedisServer, source: Source, warnings: list[str]) -> None:
    """Checks that both troubles are in the log and in Redis, and the unread partitions in the metric."""
    assert len(warnings) == 2 and "has 4 partitions now" in warnings[0] and EVICTS in warnings[1]
    assert troubles_of(server).all == warnings and 0 < server.client().pttl(troubles_key("headrace")) <= LEFT_MS
    assert metric("headrace_unread_partitions", source.name) == 3


def expect_missing_topic(server: RedisServer, source: Source) -> None:
    assert "was deleted while the dataflow reads it" in troubles_of(server).topics[0] and not troubles_of(server).redis
    assert metric("headrace_unread_partitions", source.name) == 0
    assert metric("headrace_missing_topic", source.name) == 1


def test_a_look_leaves_what_is_wrong_in_log_metrics_and_redis(
    pulsar: PulsarConnection, own_redis: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    topic, client = topic_of(pulsar, "watched", [], 1), own_redis.client()
    source, settings = source_of(topic), settings_of(pulsar, own_redis, tmp_path)
    watch = watch_over(settings, source)
    watch.look()
    assert client.exists(troubles_key("headrace")) == 0
    change_partitions(pulsar, topic, "POST", 4)
    client.config_set(POLICY, EVICTS)
    for _ in range(2):
        watch.look()
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    expect_added_partitions(own_redis, source, warnings)
    client.config_set(POLICY, "noeviction")
    change_partitions(pulsar, topic, "DELETE")
    watch.look()
    expect_missing_topic(own_redis, source)
    assert PulsarAdmin(pulsar).ensure_topic(topic, 1) == 1
    watch.look()
    assert client.exists(troubles_key("headrace")) == 0
    assert metric("headrace_missing_topic", source.name) == 0


def test_services_that_are_away_are_asked_again(
    own_redis: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = PulsarConnection("pulsar://127.0.0.1:1", "http://127.0.0.1:1")
    topic, settings = fresh_topic("away"), settings_of(nobody, own_redis, tmp_path)
    topics = topic_watch(settings, {}, lambda: 0)
    watch = RunWatch(settings, topics, unending)
    topics.listed(topic, [topic])
    own_redis.client().config_set(POLICY, EVICTS)
    own_redis.client().acl_setuser("default", enabled=True, commands=["-config"])  # asked through INFO
    own_redis.kill()
    watch.look()
    assert caplog.records == []
    own_redis.start()
    own_redis.client().config_set(POLICY, EVICTS)
    watch.look()
    assert [EVICTS in record.message for record in caplog.records] == [True] and EVICTS in troubles_of(own_redis).redis


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE_SPECS", str(SPECS))
        yield tmp_path / "var"


def test_a_report_tells_troubles_and_only_topics_are_exit_code_1(
    var: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", redis_server.url)
    monkeypatch.setenv("HEADRACE_REDIS_PREFIX", "told")
    client = redis_server.client()
    leave_troubles(client, "told", Troubles(redis="Redis evicts"))
    unknown = ExitCode.WRONG  # nothing has been judged
    assert headrace("report").exit_code == unknown
    leave_troubles(client, "told", Troubles(topics=["topic t [was] deleted"]))
    result = headrace("report")
    assert result.exit_code == 1 and "topic t [was] deleted" in result.output
    report = json.loads(headrace("report", "--json").output)
    assert report["fires"] is True and report["pipeline"]["troubles"] == ["topic t [was] deleted"]
    leave_troubles(client, "told", Troubles())
    assert headrace("report").exit_code == unknown


def test_pages_and_readyz_tell_troubles(redis_server: RedisServer, tmp_path: Path) -> None:
    app = served(redis_server, tmp_path)
    app.put_entity("user", "u1", {"user_spend_1h": "1"})
    leave_troubles(app.store, app.prefix, Troubles(["topic <b> was deleted"], "Redis evicts"))
    client = app.client()
    for path in ("/", "/features/user/u1", "/live/front", "/quality/user_spend_1h"):
        page = client.get(path).text
        assert "topic &lt;b&gt; was deleted" in page and "Redis evicts" in page, path
    for path in ("/readyz", "/healthz"):
        assert client.get(path).json()["pipeline"]["troubles"] == ["topic <b> was deleted", "Redis evicts"]
    app.store.set(troubles_key(app.prefix), b"\xff{")
    assert client.get("/healthz").json()["pipeline"]["troubles"] == []


def test_a_full_redis_is_told_with_used_and_limit_while_nothing_moves(own_redis: RedisServer, tmp_path: Path) -> None:
    app, client = served(own_redis, tmp_path), own_redis.client()
    assert full(client) == ""
    client.hset(heartbeat_key(app.prefix, "user"), "wall_ms", "1")
    client.config_set("maxmemory", "1mb")
    client.config_set("maxmemory", str(1 << 20))
    answer = app.client().get("/readyz")
    assert answer.status_code == 503
    (trouble,) = answer.json()["pipeline"]["troubles"]
    assert (
        "Redis is full (" in trouble
        and "MB used, maxmemory 1.00 MB" in trouble
        and trouble in app.client().get("/").text
    )


def test_a_live_run_tells_added_partitions_and_ends_for_another_topic(
    pulsar: PulsarConnection, own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = load(ROOT / "feature_specs")
    topics = [source.topic for source in definitions.sources.values()]
    for topic in topics:
        PulsarAdmin(pulsar).ensure_topic(topic, 2)
    given = {"PULSAR_URL": pulsar.url, "PULSAR_ADMIN_URL": pulsar.admin_url, "REDIS_URL": own_redis.url}
    for name, value in {**given, "VAR": str(tmp_path), "SPECS": str(ROOT / "feature_specs")}.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    child, path = DataflowProcess(DataflowCommand(tmp_path, snapshot_seconds=1)), topics[0].replace("://", "/")
    try:
        await_that(lambda: own_redis.client().exists(heartbeat_key("headrace", "user")) == 1)
        admin_call(pulsar, "POST", f"{path}/partitions", 3)
        await_that(lambda: any("has 3 partitions now" in line for line in troubles_of(own_redis).topics))
        admin_call(pulsar, "DELETE", f"{path}/partitions?force=true")
        admin_call(pulsar, "PUT", path)
        await_that(lambda: child.exit_code is not None)
        last = child.plan.log.read_text().splitlines()[-1]
        assert child.exit_code == 3 and "was deleted and created again with no partitions" in last
        assert child.plan.log.read_text().count("has 3 partitions now") == 1
    finally:
        child.kill()


def test_a_live_run_waits_for_room_in_redis_and_goes_on(
    own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"REDIS_URL": own_redis.url, "ALERT_STANDSTILL": "5", "VAR": str(tmp_path)}
    for name, value in {**given, "SPECS": str(ROOT / "feature_specs")}.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    child, client = DataflowProcess(DataflowCommand(tmp_path, snapshot_seconds=1)), own_redis.client()
    pipeline = partial(read_pipeline, client, "headrace", ["user", "item"], 5)
    try:
        await_that(lambda: pipeline().alive is True)
        client.config_set("maxmemory", str(512 << 10))
        await_that(lambda: "Redis is full" in pipeline().troubles.redis)
        assert child.exit_code is None and headrace("report").exit_code == 1
        client.config_set("maxmemory", "0")
        await_that(lambda: pipeline().alive is True and not pipeline().troubles.all)
        (warning,) = [line for line in child.plan.log.read_text().splitlines() if "memory is full" in line]
        assert "MB used, maxmemory 0.50 MB); waiting, nothing is lost" in warning
    finally:
        child.kill()
