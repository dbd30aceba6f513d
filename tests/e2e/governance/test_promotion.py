"""Tests two versions in a live run, one promoted, the run resumed: a process, embedded topics, a real Redis."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from connectors.embedded.topics import append
from dataflows.definitions import load
from serving.features.feature_reader import FeatureReader
from tests.support.dataflow.recovery_store import snapshots_in
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.equality import same
from tests.support.oracle.event_facts import Event
from tests.support.programs.command_line import SPENT, lines_of
from tests.support.programs.worker import TOPIC, Worker
from tests.support.services.redis_rows import read_entity
from tests.support.services.redis_server import RedisServer

HOUR_MS, USERS = 3_600_000, 7
FIRST = {**yaml.safe_load(SPENT.partition("tests:")[0]), "window": "7d"}
SECOND = {**FIRST, "version": 2, "filter": "event_type = 'payment_success' AND amount > 20"}
COUNT = {
    **{key: value for key, value in FIRST.items() if key != "value"},
    "feature_name": "user_orders",
    "aggregation": "count",
    "value_type": "INT64",
}
"""Takes every order, so that `_seq` counts them all."""
SHARE = {
    **{key: FIRST[key] for key in ("owner", "description", "entity_id", "topic_name", "version", "value_type")},
    "feature_name": "user_share",
}


class Shop:
    """A worker and all orders given to it."""

    def __init__(self, worker: Worker, server: RedisServer, prefix: str) -> None:
        self.worker, self.server, self.prefix = worker, server, prefix
        self.orders: list[Event] = []

    @property
    def specs(self) -> Path:
        return self.worker.folder / "specs"

    def write(self, name: str, **keys: object) -> None:
        (self.specs / f"{name}.yaml").write_text(yaml.safe_dump(keys))

    def sell(self, many: int) -> None:
        now = time.time_ns() // 1_000_000
        new: list[Event] = [
            {
                "event_type": "payment_success",
                "user_id": f"u{number % USERS}",
                "amount": float(number * number % 41),
                "timestamp": now - number % 60 * HOUR_MS,
            }
            for number in range(len(self.orders), len(self.orders) + many)
        ]
        self.orders += new
        keys = [str(order["user_id"]) for order in new]
        append(self.worker.var / "topics", TOPIC, keys, [json.dumps(order).encode() for order in new], lambda: now)

    def row(self, user: str) -> dict[str, str]:
        return read_entity(self.server.client(), self.prefix, "user", user)

    def folded(self) -> bool:
        return sum(int(self.row(f"u{user}").get("_seq", 0)) for user in range(USERS)) == len(self.orders)

    def compare(self, names: set[str]) -> None:
        """Checks the row of every user against brute force over all orders, in values and names, complete."""
        definitions = load(self.specs)
        oracle, reader = (
            Oracle(definitions, {"orders": self.orders}),
            FeatureReader(self.server.client(), definitions, self.prefix),
        )
        for user in (f"u{number}" for number in range(USERS)):
            served, row = reader.read_entity("user", user), self.row(user)
            assert served is not None
            assert {name for name in row if not name.startswith("_")} == set(served.values) == names
            assert "_warming" not in row
            expected = oracle.value_at("user_id", user, served.as_of_ms)
            assert served.unusable == {}
            for feature in definitions.features:
                name = feature.feature_name
                assert same(expected[name], served.values[name], feature.value_type), (user, name)


@pytest.fixture
def shop(tmp_path: Path, redis_server: RedisServer) -> Shop:
    prefix = tmp_path.name.replace("_", "-")
    settings = {"HEADRACE_REDIS_URL": redis_server.url, "HEADRACE_REDIS_PREFIX": prefix, "HEADRACE_QUALITY": "true"}
    made = Shop(Worker(tmp_path, settings).made(), redis_server, prefix)
    made.write("user_spent_1d", **FIRST)
    made.write("user_spent_1d_v2", **SECOND, candidate=True)
    made.write("user_orders", **COUNT)
    made.write("user_share", **SHARE, expression="user_spent_1d@2 / (user_spent_1d + 1)")
    return made


def drained(worker: Worker, running: subprocess.Popen[bytes]) -> None:
    assert worker.stopped(running).code == 0


def killed(worker: Worker, running: subprocess.Popen[bytes]) -> None:
    """Kills it after a snapshot with orders in it, at any point."""
    worker.until(running, lambda: snapshots_in(worker.store, "%windows_user_id%") > 0)
    running.kill()
    running.wait(60)


@pytest.mark.parametrize("end", [drained, killed])
def test_a_version_is_promoted_without_warming_again(
    shop: Shop, end: Callable[[Worker, subprocess.Popen[bytes]], None]
) -> None:
    worker = shop.worker
    shop.sell(400)
    running = worker.start()
    worker.until(running, shop.folded)
    shop.compare({"user_orders", "user_spent_1d", "user_spent_1d@2", "user_share"})
    end(worker, running)
    record = json.loads(lines_of(worker.var, "feature-user").splitlines()[0])["v"]
    assert {"user_spent_1d", "user_spent_1d__v2", "user_share"} < record.keys()

    shop.write("user_spent_1d", **SECOND)
    (shop.specs / "user_spent_1d_v2.yaml").unlink()
    shop.write("user_share", **{**SHARE, "version": 2}, expression="user_spent_1d / 2")
    shop.sell(100)
    running = worker.start()
    worker.until(running, shop.folded)
    shop.compare({"user_orders", "user_spent_1d", "user_share"})
    assert worker.stopped(running).code == 0
