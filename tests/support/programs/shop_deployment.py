"""Runs the real dataflow as a process, over a real Pulsar and a real Redis, with known orders; kills and drains it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import redis

from benchmarks import w12
from connectors.pulsar import PulsarAdmin, PulsarConnection, publish
from dataflows.definitions.loader import Definitions, load
from tests.support.dataflow.recovery_store import snapshots_in
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.equality import same
from tests.support.paths import ROOT
from tests.support.services.redis_rows import read_entity

PREFIX = "shop"
HOUR_MS = 3_600_000
Order = dict[str, object]


class Shop:
    """Orders of a few hundred users and items, W12 over them, separate topics, one recovery store."""

    def __init__(self, folder: Path, connection: PulsarConnection, redis_url: str, name: str, flow: str) -> None:
        self.folder, self.connection, self.redis_url, self.flow = folder, connection, redis_url, flow
        self.topic = f"persistent://public/default/{name}-orders"
        self.specs = _renamed(w12.copy_specs(folder / "specs"), name)
        self.definitions: Definitions = load(self.specs)
        self.orders: list[Order] = []
        PulsarAdmin(connection).ensure_topic(self.topic, 2)
        (folder / "recovery").mkdir()
        store = [sys.executable, "-m", "bytewax.recovery", str(folder / "recovery"), "4"]
        subprocess.run(store, check=True)

    @property
    def store(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url, decode_responses=True, socket_timeout=120)

    def sell(self, rng: np.random.Generator, count: int) -> None:
        """Publishes orders of the last two hours, out of order, every fiftieth twice, and some invalid events."""
        now = time.time_ns() // 1_000_000
        new = [_order(rng, now) for _ in range(count)]
        new += new[::50]
        self.orders += new
        payloads = [json.dumps(order).encode() for order in new]
        publish(self.connection, self.topic, [str(order["user_id"]) for order in new], payloads)
        publish(self.connection, self.topic, ["bad"] * 3, [b'{"event_type": ', b'{"timestamp": 1}', b"\xff"])

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Starts the dataflow, resumed from its recovery store."""
        recovery = ["-r", str(self.folder / "recovery"), "-s", "1", "-b", "0"]
        command = [sys.executable, "-m", "bytewax.run", self.flow, *recovery, *more]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "HEADRACE_PULSAR_URL": self.connection.url,
            "HEADRACE_PULSAR_ADMIN_URL": self.connection.admin_url,
            "HEADRACE_REDIS_URL": self.redis_url,
            "HEADRACE_REDIS_PREFIX": PREFIX,
            "HEADRACE_SPECS": str(self.specs),
            "HEADRACE_VAR": str(self.folder / "var"),
            "HEADRACE_DEAD_LETTER_TOPIC": f"{self.topic}-dead",
        }

    def sell_until_based(self, rng: np.random.Generator, seconds: float = 240) -> None:
        """Sells a few orders at a time over several snapshots, until the recovery store has bases."""
        until = time.monotonic() + seconds
        while not self.bases():
            assert time.monotonic() < until, f"no base after {seconds} s\n{self.log()[-3000:]}"
            self.sell(rng, 200)
            time.sleep(0.5)

    def bases(self) -> int:
        """Returns how many bases of shards the recovery store has."""
        return snapshots_in(self.folder / "recovery", "%.bases_%")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Runs the dataflow while inside; drains it at the end."""
        process = self.start()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=240)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def wait_until_right(self, seconds: float = 240) -> float:
        """Waits until Redis agrees with the oracle for every entity; returns how long that took (s)."""
        begun, wrong = time.monotonic(), ["nothing was looked at"]
        while time.monotonic() < begun + seconds:
            wrong = self.mismatches()
            if not wrong:
                return time.monotonic() - begun
            time.sleep(0.5)
        raise AssertionError(f"{len(wrong)} wrong after {seconds} s, such as {wrong[:3]}\n{self.log()[-3000:]}")

    def mismatches(self) -> list[str]:
        """Returns the rows in Redis that have not folded each order once; if there are none, those that differ from the
        oracle at the row's own time."""
        return self._miscounted() or self._wrong_values()

    def folded(self) -> int:
        """Returns the number of orders in the rows of users in Redis."""
        store, users = self.store, {str(order["user_id"]) for order in self.orders}
        return sum(int(read_entity(store, PREFIX, "user", user).get("_seq", 0)) for user in users)

    def _miscounted(self) -> list[str]:
        """Returns the entities with too few or too many events: a cheap look, for while a run is behind."""
        store, wrong = self.store, list[str]()
        for entity_id in self.definitions.entity_ids:
            for entity, sold in Counter(str(order[entity_id]) for order in self.orders).items():
                folded = int(read_entity(store, PREFIX, entity_id.removesuffix("_id"), entity).get("_seq", 0))
                wrong += [f"{entity}: folded {folded} of {sold} events"] if folded != sold else []
        return wrong

    def _wrong_values(self) -> list[str]:
        oracle, store = Oracle(self.definitions, {"orders": self.orders}), self.store
        wrong: list[str] = []
        for entity_id in self.definitions.entity_ids:
            for entity in oracle.entities(entity_id):
                row = read_entity(store, PREFIX, entity_id.removesuffix("_id"), entity)
                wrong += self._differences(oracle, entity_id, entity, row)
        return wrong

    def _differences(self, oracle: Oracle, entity_id: str, entity: str, row: dict[str, str]) -> list[str]:
        if not row:
            return [f"{entity} is not there"]
        expected = oracle.value_at(entity_id, entity, int(row["_as_of"]))
        wrong: list[str] = []
        for feature in self.definitions.of_entity(entity_id):
            actual = _value(row.get(feature.feature_name), feature.value_type)
            if not same(expected[feature.feature_name], actual, feature.value_type):
                wrong.append(f"{entity}.{feature.feature_name}: {actual}, not {expected[feature.feature_name]}")
        return wrong


def _order(rng: np.random.Generator, now: int) -> Order:
    quantity = int(rng.integers(1, 9))
    refund = rng.random() < 0.1
    return {
        "event_type": "refund" if refund else "payment_success",
        "user_id": f"u{int(rng.zipf(1.3)) % 300}",
        "item_id": f"i{int(rng.integers(200))}",
        "quantity": -quantity if refund else quantity,
        "amount": round(float(rng.lognormal(3)), 2) * (-1 if refund else 1),
        "timestamp": now - int(rng.integers(2 * HOUR_MS)),
    }


def _value(text: str | None, value_type: str) -> object:
    if text is None:
        return None
    return float(text) if value_type in ("FLOAT", "DOUBLE") else int(text)


def _renamed(specs: Path, name: str) -> Path:
    """Copies the definitions onto separate topics."""
    for file in specs.rglob("*.yaml"):
        text = file.read_text().replace("/raw-order-events", f"/{name}-orders")
        file.write_text(text.replace("/feature-", f"/{name}-feature-"))
    return specs
