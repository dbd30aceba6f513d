"""Measures the cost of reading features: `python -m benchmarks.serving`.

One reader reads entities with every user feature of `feature_specs`, one after another, from its own real Redis on this
machine: with the client and with a bare HGETALL pipeline on the same Redis, for 1 and for 100 entities in turn, so that
both meet the same load of the machine; then over the HTTP API of `headrace serve`, a separate process, on one
kept-alive connection. The difference between client and bare pipeline is the price of types; the difference between API
and client is HTTP.

Writes p50 and p99 (ms), requests per second, and the ratio to the bare pipeline to benchmarks/results/serving.json.
"""

import argparse
import http.client
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import redis

from benchmarks.measuring import services
from benchmarks.measuring.machine import facts, load
from benchmarks.measuring.reports import write
from connectors.redis.client import entity_key
from dataflows.definitions import loader
from dataflows.definitions.loader import Definitions, Feature
from serving.features.feature_reader import FeatureReader
from tests.support.services.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent
SPECS, PREFIX, KIND = ROOT / "feature_specs", "headrace", "user"
SIZES = (1, 100)
SAMPLES = {"DOUBLE": "1234.5", "FLOAT": "12.5", "INT32": "12", "INT64": "1767276600000", "BOOL": "true"}

Read = Callable[[Sequence[str]], object]


def main() -> None:
    """Starts Redis and the server, reads and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2_000, help="of each way of reading and size")
    parser.add_argument("--entities", type=int, default=10_000)
    chosen = parser.parse_args()
    definitions, before = loader.load(SPECS), round(load(), 2)
    with tempfile.TemporaryDirectory() as folder, services.redis() as server:
        fill(server.client(), definitions, chosen.entities)
        with services.headrace_serve(settings_of(server, Path(folder))) as port:
            ways = ways_of_reading(server.client(), definitions, port)
            measured = {str(size): measure(ways, size, chosen.requests, chosen.entities) for size in SIZES}
    features = len(definitions.of_entity(f"{KIND}_id"))
    write(
        "serving",
        {"machine": facts(), "load_before": before, "features": features, "entities_a_request": measured},
    )


def settings_of(server: RedisServer, folder: Path) -> dict[str, str]:
    return {
        "HEADRACE_REDIS_URL": server.url,
        "HEADRACE_REDIS_PREFIX": PREFIX,
        "HEADRACE_SPECS": str(SPECS),
        "HEADRACE_VAR": str(folder / "var"),
    }


def fill(store: redis.Redis, definitions: Definitions, entities: int) -> None:
    """Writes entities `u0`, `u1`, ... with a value of every feature."""
    values = {feature.feature_name: sample(feature) for feature in definitions.of_entity(f"{KIND}_id")}
    row: dict[Any, Any] = {"_as_of": "1767276600000", "_seq": "1", "_spec": "0", **values}
    with store.pipeline(transaction=False) as pipeline:
        for number in range(entities):
            pipeline.hset(entity_key(PREFIX, KIND, f"u{number}"), mapping=row)
        pipeline.execute()


def sample(feature: Feature) -> str:
    """Returns a value in the form that Redis stores."""
    return (
        '["books","toys","garden"]'
        if feature.value_type.startswith("ARRAY")
        else SAMPLES.get(feature.value_type, "1767276600000" if feature.value_type == "TIMESTAMP" else "books")
    )


def ways_of_reading(store: redis.Redis, definitions: Definitions, port: int) -> dict[str, Read]:
    """Returns the ways of reading; the first is the bare pipeline, the measure of the others."""
    client, connection = FeatureReader(store, definitions, PREFIX), http.client.HTTPConnection("127.0.0.1", port)

    def bare(ids: Sequence[str]) -> object:
        with store.pipeline(transaction=False) as pipeline:
            for entity in ids:
                pipeline.hgetall(entity_key(PREFIX, KIND, entity))
            return pipeline.execute()

    def api(ids: Sequence[str]) -> object:
        body = json.dumps({"entity_type": KIND, "ids": list(ids)})
        connection.request("POST", "/api/v1/features", body)
        return json.loads(connection.getresponse().read())["entities"]

    return {"hgetall": bare, "client": lambda ids: client.read_entities(KIND, ids), "api": api}


def measure(ways: Mapping[str, Read], size: int, requests: int, entities: int) -> dict[str, dict[str, float]]:
    """Reads in each way in turn the same random entities; the first tenth warms up."""
    random = np.random.default_rng(1)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(requests):
        ids = [f"u{number}" for number in random.integers(0, entities, size)]
        for name, read in ways.items():
            took[name].append(seconds(read, ids))
    figures = {name: np.array(times[requests // 10 :]) for name, times in took.items()}
    base = float(np.median(figures["hgetall"]))
    return {name: summary(times, base) for name, times in figures.items()}


def seconds(read: Read, ids: Sequence[str]) -> float:
    """Returns how long one request took; fails if an answer is missing."""
    begun = time.perf_counter()
    answer = read(ids)
    took = time.perf_counter() - begun
    if not isinstance(answer, list) or len(answer) != len(ids) or not all(answer):
        raise RuntimeError(f"{len(ids)} entities are expected, {answer!r:.200} came")
    return took


def summary(took: "np.ndarray[tuple[int], np.dtype[np.float64]]", base: float) -> dict[str, float]:
    """Returns percentiles (ms), requests per second of one reader, and the median as a multiple of the bare
    pipeline's."""
    p50, p99 = np.percentile(took, [50, 99]) * 1000
    return {
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
        "requests_per_s": round(1 / float(took.mean())),
        "of_hgetall": round(float(p50) / 1000 / base, 2),
    }


if __name__ == "__main__":
    main()
