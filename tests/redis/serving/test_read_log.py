"""Tests who reads which features over the API, counted by day in a real Redis."""

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from headrace import FeatureClient, InvalidRequest
from serving.read_log import KEPT_DAYS, NOTE_EVERY_MS, ReadLog, reads_key, reads_of
from tests.support.programs.command_line import headrace, home
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import NOW_MS, Served, served
from tests.support.services.serving_thread import serving_thread

DAY_MS = 86_400_000
CHECKOUT = {"X-Headrace-Consumer": "checkout"}


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    made = served(redis_server, tmp_path)
    made.put_entity("user", "u1", {"user_spend_1h": "12.5"})
    return made


class Log:
    """A log with a settable clock."""

    def __init__(self, app: Served) -> None:
        self.now_ms, self.app = NOW_MS, app
        self.log = ReadLog(app.prefix, lambda: self.now_ms)

    def read(self, *features: str, consumer: str = "checkout", store: redis.Redis | None = None) -> None:
        self.log.count(store or self.app.store, features, consumer)

    def total(self) -> dict[tuple[str, str], int]:
        return reads_of(self.app.store, self.app.prefix, self.now_ms)


def test_reads_are_added_ten_seconds_later_with_the_next_one(app: Served) -> None:
    log = Log(app)
    log.read("a", "b")
    log.now_ms += NOTE_EVERY_MS - 1
    log.read("a")
    assert log.total() == {}
    log.now_ms += 1
    log.read("a", consumer="batch")
    assert log.total() == {("a", "checkout"): 2, ("b", "checkout"): 1, ("a", "batch"): 1}
    assert not log.log.waiting


def test_the_last_thirty_days_count(app: Served) -> None:
    log = Log(app)
    for _ in range(KEPT_DAYS + 5):
        log.read("a")
        log.log.note(app.store)
        log.now_ms += DAY_MS
    log.now_ms -= DAY_MS
    assert log.total() == {("a", "checkout"): KEPT_DAYS}
    assert 0 < app.store.ttl(reads_key(app.prefix, "2026-01-01")) <= (KEPT_DAYS + 1) * 86_400


def test_a_store_that_takes_no_writes_is_told_of_once_and_nothing_is_lost(
    app: Served, caplog: pytest.LogCaptureFixture
) -> None:
    log, away = Log(app), redis.Redis(port=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            log.now_ms += NOTE_EVERY_MS
            log.read("a", store=away)
    assert [record.getMessage().split(" that")[0] for record in caplog.records] == ["cannot write the read counts"]
    log.log.note(app.store)
    assert log.total() == {("a", "checkout"): 3}


def test_a_server_counts_by_whom_each_feature_was_asked(app: Served, redis_server: RedisServer) -> None:
    with app.client() as client:
        client.get("/api/v1/features/user/u1?set=fraud_v1", headers=CHECKOUT)
        body = {"entity_type": "user", "ids": ["u1", "nobody"], "features": ["user_spend_1h"]}
        client.post("/api/v1/features", json=body, headers={"X-Headrace-Consumer": "no name"})
        client.get("/api/v1/features/user/nobody", headers=CHECKOUT)
        client.get("/api/v1/features/user/u1?set=nothing", headers=CHECKOUT)
    reads = reads_of(app.store, app.prefix, NOW_MS)
    fraud = [name for name in app.context.definitions.feature_set("fraud_v1").names if name.startswith("user_")]
    assert reads == {(name, "checkout"): 1 for name in fraud} | {("user_spend_1h", "unnamed"): 1}


def test_a_client_says_who_it_is(app: Served, redis_server: RedisServer, tmp_path: Path) -> None:
    with serving_thread(tmp_path, redis_url=redis_server.url, redis_prefix=app.prefix) as url:
        with FeatureClient(url, consumer="team/checkout@eu", timeout=20) as client:
            client.get("user", "u1", ["user_spend_1h"])
        with pytest.raises(InvalidRequest, match="consumer: 'a\\\\nb'; expected letters"):
            FeatureClient(url, consumer="a\nb")
    days = app.store.keys(f"{app.prefix}:_reads:*")
    assert [app.store.hgetall(day) for day in days] == [{b"user_spend_1h\tteam/checkout@eu": b"1"}]


def test_a_plan_names_who_has_read_what_changes(
    app: Served, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with home(tmp_path / "planned", monkeypatch) as specs:
        file = specs / "user" / "user_spent_1d.yaml"
        shutil.copytree(specs, tmp_path / "before")
        file.write_text(file.read_text().replace("value: amount", "value: amount * 2"))
        monkeypatch.setenv("HEADRACE_REDIS_URL", redis_server.url)
        monkeypatch.setenv("HEADRACE_REDIS_PREFIX", app.prefix)
        today = datetime.now(UTC).date().isoformat()
        app.store.hset(reads_key(app.prefix, today), "user_spent_1d\tcheckout", 1_200)
        plan = ("plan", "--against", str(tmp_path / "before"))
        output = headrace(*plan).output.replace("\n", " ")
        monkeypatch.setenv("HEADRACE_REDIS_URL", "redis://127.0.0.1:1")
        away = headrace(*plan)
    assert "checkout reads user_spent_1d: 1,200 times over the API in the last 30 days" in output
    assert "reads over the API are unknown: Error" in away.output.replace("\n", " ")
    assert away.exit_code == 1  # for the version, as with a reachable Redis
