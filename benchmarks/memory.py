"""Measures the memory of one million users with the demo's features on one worker: `python -m benchmarks.memory`.

Every user places an order and logs in once within the last 30 days, in random order; as many further orders follow
Zipf's law over users. Events pass the real decoder, router and shards; rows are dropped. Snapshots of all shards are
then taken, one held at a time. Writes resident memory (MB) and bytes per entity to benchmarks/results/memory.json.
"""

import argparse
import gc
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import psutil

from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from governance.changes.costs import DrivenGraph

NOW = 1_800_000_000_000
MONTH = 30 * 86_400_000
BATCH = 10_000
CATEGORIES, COUNTRIES, DEVICES = ("books", "toys", "garden", "kitchen"), ("DE", "FR", "GB"), ("ios", "android", "web")


def main() -> None:
    """Fills the shards and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    chosen = parser.parse_args()
    definitions, shards = load(Path("feature_specs")), Settings.model_fields["shards"].default
    feeder = DrivenGraph(definitions, shards, NOW, encode=False)
    features = {entity: len(definitions.of_entity(entity)) for entity in definitions.entity_ids}
    before, seconds = resident(), filling(feeder, chosen.users)
    filled = {**state(feeder, definitions), "resident_before_mb": round(before)}
    speed = {"events": feeder.events, "events_per_second": round(feeder.events / seconds)}
    write("memory", {"machine": facts(), "features": features, **speed, **filled})


def filling(feeder: DrivenGraph, users: int) -> float:
    """Feeds all events; returns how long that takes (s)."""
    begun = time.perf_counter()
    for source, payloads in events(users):
        feeder.feed(source, payloads)
    return time.perf_counter() - begun


def state(feeder: DrivenGraph, definitions: Definitions) -> dict[str, object]:
    """Returns the sizes of the state, and the cost of snapshots of it."""
    filled, snapshot = resident(), sum(len(logic.snapshot()) for _, logic in feeder.keyed())
    entities = {entity: feeder.entities(entity) for entity in definitions.entity_ids}
    kept = sum(map(feeder.state_bytes, definitions.entity_ids))
    return {
        "entities": entities,
        "resident_mb": round(filled),
        "state_bytes_per_entity": round(kept / sum(entities.values())),
        "snapshot_mb": round(snapshot / 2**20),
        "resident_with_snapshots_mb": round(resident()),
    }


def events(users: int) -> Iterator[tuple[str, list[bytes]]]:
    """Yields (source, payloads): an order and a login of every user, then as many orders by Zipf's law."""
    rng = np.random.default_rng(7)
    for kind in ("orders", "logins", "more"):
        chosen = rng.permutation(users) if kind != "more" else rng.zipf(1.2, users) % users
        for start in range(0, users, BATCH):
            make = login if kind == "logins" else order
            payloads = [msgspec.json.encode(make(rng, int(user))) for user in chosen[start : start + BATCH]]
            yield "logins" if kind == "logins" else "orders", payloads


def order(rng: np.random.Generator, user: int) -> dict[str, object]:
    """Returns a paid order of a user."""
    time_ms = NOW - int(rng.integers(MONTH))
    item = int(rng.zipf(1.3)) % 10_000
    return {
        "event_type": "payment_success",
        "user_id": f"u{user}",
        "item_id": f"i{item}",
        "category": CATEGORIES[item % 4],
        "quantity": 1 + item % 3,
        "amount": float(rng.lognormal(3)),
        "country": COUNTRIES[user % 3],
        "timestamp": time_ms,
    }


def login(rng: np.random.Generator, user: int) -> dict[str, object]:
    """Returns a login of a user."""
    return {
        "event_type": "login_success",
        "user_id": f"u{user}",
        "device": DEVICES[user % 3],
        "ip": f"10.{user >> 16}.{user >> 8 & 255}.{user & 255}",
        "country": COUNTRIES[user % 3],
        "timestamp": NOW - int(rng.integers(MONTH)),
    }


def resident() -> float:
    """Returns the resident memory of this process (MB)."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
