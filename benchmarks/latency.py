"""Measures the time from publish to readable in Redis, at a steady rate, with checkpoints: `python -m
benchmarks.latency`.

Runs the live dataflow (`python -m bytewax.run dataflows.features -r ... -s 10 -b 0`, W12) on its own real Pulsar and
Redis on this machine. One process publishes order events at the given rate; another publishes a probe, an event of a
user that occurs nowhere else, and asks Redis until the row is there: the delay that a reader would see.

Quality intervals close every ten seconds. Writes p50, p90, p99 and the maximum (ms) to
benchmarks/results/latency.json, with `--quality off` to latency_without_quality.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import redis

from benchmarks import w12
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.services import pulsar_and_redis
from connectors.pulsar import Publisher, PulsarAdmin, PulsarConnection
from tests.support.services.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent
GIVE_UP_S = 10.0


def main() -> None:
    """Starts everything, measures and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5_000, help="events a second offered beside the probes")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--quality", choices=["on", "off"], default="on", help="the quality branch of the graph")
    chosen = parser.parse_args()
    head = {"machine": facts(), "stream": w12.stream(), "rate": chosen.rate}
    with pulsar_and_redis() as (connection, server):
        PulsarAdmin(connection).ensure_topic(topic(), 2)
        waits = measure(connection, server, chosen.quality == "on", chosen.rate, chosen.seconds)
    name = "latency" if chosen.quality == "on" else "latency_without_quality"
    write(name, head | {"probes": len(waits), "ms": summary(waits)})


def measure(connection: PulsarConnection, server: RedisServer, quality: bool, rate: int, seconds: int) -> list[float]:
    """Returns the delays of probes (s) while a fresh live graph runs at `rate` events per second."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dataflow(connection, server, Path(folder), quality),
        offered(connection, rate),
    ):
        return probe(connection, server.client(), seconds)


def topic() -> str:
    """Returns the raw topic of W12."""
    (source,) = w12.definitions().sources.values()
    return source.topic


def summary(waits: list[float]) -> dict[str, float]:
    """Returns the percentiles (ms) of delays given in seconds."""
    p50, p90, p99 = np.percentile(waits, [50, 90, 99]) * 1000
    return {"p50": round(p50, 1), "p90": round(p90, 1), "p99": round(p99, 1), "max": round(max(waits) * 1000, 1)}


@contextmanager
def dataflow(connection: PulsarConnection, server: RedisServer, folder: Path, quality: bool) -> Iterator[None]:
    """Runs the live graph as a separate process, as an operator would start it."""
    recovery = str(folder / "recovery")
    (folder / "recovery").mkdir()
    subprocess.run([sys.executable, "-m", "bytewax.recovery", recovery, "4"], check=True)
    environment = os.environ | {
        "HEADRACE_PULSAR_URL": connection.url,
        "HEADRACE_PULSAR_ADMIN_URL": connection.admin_url,
        "HEADRACE_REDIS_URL": server.url,
        "HEADRACE_SPECS": str(w12.SPECS),
        "HEADRACE_VAR": str(folder / "var"),
        "HEADRACE_QUALITY": str(quality),
        "HEADRACE_QUALITY_INTERVAL": "10",
        "HEADRACE_START": "latest",
    }
    command = [sys.executable, "-m", "bytewax.run", "dataflows.features", "-r", recovery, "-s", "10", "-b", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def offered(connection: PulsarConnection, rate: int) -> Iterator[None]:
    """Publishes order events at a rate from a separate process, until the block is left."""
    address = (connection.url, connection.admin_url, topic(), str(rate))
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.measuring.offer", *address], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def probe(connection: PulsarConnection, store: redis.Redis, seconds: int) -> list[float]:
    """Returns the delays of probes (s), after the first has arrived and three more seconds have passed."""
    publisher = Publisher(topic(), connection)
    store.flushall()  # the previous graph wrote the same probes
    _until_awake(publisher, store)
    time.sleep(3.0)
    until = time.monotonic() + seconds
    waits: list[float] = []
    while time.monotonic() < until:
        waits.append(wait_for(publisher, store, f"probe-{len(waits)}", GIVE_UP_S))
        time.sleep(0.02)
    publisher.close()
    return waits


def _until_awake(publisher: Publisher, store: redis.Redis) -> None:
    """Waits until the graph, which starts at the end of the topic, has read one event."""
    for _ in range(60):
        with suppress(TimeoutError):
            wait_for(publisher, store, "warm", 1.0)
            return
    raise TimeoutError("the graph took nothing for a minute")


def wait_for(publisher: Publisher, store: redis.Redis, user: str, patience: float) -> float:
    """Publishes one event of a user and returns how long it took until Redis held it (s)."""
    event = {"event_type": "payment_success", "user_id": user, "item_id": "probe", "quantity": 1, "amount": 1.0}
    begun = time.perf_counter()
    publisher.send([user], [json.dumps(event | {"timestamp": time.time_ns() // 1_000_000}).encode()])
    while not store.exists(f"headrace:user:{user}"):
        if time.perf_counter() - begun > patience:
            raise TimeoutError(f"{user} was not readable after {patience:.0f} s")
        time.sleep(0.001)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
