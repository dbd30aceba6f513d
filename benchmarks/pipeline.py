"""Measures the whole path from a real Pulsar to a real Redis and feature topics: `python -m benchmarks.pipeline`.

Runs W12 over the retail order lines in one process, with recovery (an epoch per second), broker and Redis on the same
machine. Three runs over the same topics, in turn, several times:

- reader: a bare loop of the client library over all partitions, nothing done with the payloads
- live: the order lines dated within the last 50 minutes, by the wall clock, without the quality branch (what that
  costs, `benchmarks.isolation` measures)
- replay: the order lines as they are dated, a year, by the event-time watermark: with every row that a window
  left behind by itself in that year

Writes medians, and the ratio of each to the reader run beside it, to benchmarks/results/pipeline.json.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks import w12
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.services import pulsar_and_redis
from benchmarks.pipeline_run import TOPICS
from connectors.pulsar import PulsarAdmin, PulsarConnection, publish
from tests.support.services.redis_server import RedisServer

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Publishes, runs and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=w12.ROWS)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    head = {"machine": facts(), "stream": w12.stream(), "rows": chosen.rows}
    with pulsar_and_redis() as (connection, redis):
        fill(connection, chosen.rows)
        report = {kind: measure(kind, connection, redis, chosen.runs) for kind in TOPICS}
    write("pipeline", head | {"runs": report})


def fill(connection: PulsarConnection, rows: int) -> None:
    """Publishes the order lines to both topics, two partitions each."""
    for kind, topic in TOPICS.items():
        PulsarAdmin(connection).ensure_topic(topic, 2)
        payloads = w12.recent(w12.payloads(rows)) if kind == "live" else w12.payloads(rows)
        keys = [str(row % 997) for row in range(len(payloads))]
        publish(connection, topic, keys, payloads)


def measure(kind: str, connection: PulsarConnection, redis: RedisServer, runs: int) -> dict[str, object]:
    """Runs the pipeline several times, each beside a bare reader over the same topic."""
    pairs = []
    for _ in range(runs):
        redis.flush()
        reader = child("reader", kind, connection, redis)
        pairs.append((reader, child("pipeline", kind, connection, redis)))
    speeds = [pipeline["events_per_second"] for _, pipeline in pairs]
    return {
        "reader_events_per_second": median(reader["events_per_second"] for reader, _ in pairs),
        "events_per_second": median(speeds),
        "ratio": median(speed / reader["events_per_second"] for speed, (reader, _) in zip(speeds, pairs, strict=True)),
        "all": pairs,
    }


def child(
    role: str, kind: str, connection: PulsarConnection, redis: RedisServer, quality: bool = False
) -> dict[str, float]:
    """Carries out one run in a separate process."""
    environment = os.environ | {
        "HEADRACE_PULSAR_URL": connection.url,
        "HEADRACE_PULSAR_ADMIN_URL": connection.admin_url,
        "HEADRACE_REDIS_URL": redis.url,
        "HEADRACE_QUALITY": str(quality),
    }
    command = [sys.executable, "-m", "benchmarks.pipeline_run", role, kind]
    process = subprocess.run(command, cwd=HERE.parent, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    print(role, kind, figures, file=sys.stderr)
    return figures


if __name__ == "__main__":
    main()
