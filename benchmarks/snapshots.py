"""Measures the cost of a snapshot of many entities, whole and in increments: `python -m benchmarks.snapshots`.

Holds one million users with the demo's features (`benchmarks.memory`) in the shards of one worker. Then takes, epoch by
epoch, 50,000 orders (ten seconds of 5,000 events/s) by users chosen by Zipf's law or at random, and a snapshot of every
shard into a recovery store of one partition, as Bytewax writes it (SQLite, one transaction, older snapshots deleted):
once whole, once as a run does it. Writes seconds and MB per epoch, medians of all but the first epochs, and resident
memory (MB) before and after, including the newest bases, to benchmarks/results/snapshots.json.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from benchmarks import memory
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from dataflows.definitions.loader import load
from dataflows.kernels.arrays import Ints
from dataflows.runtime.settings import Settings
from dataflows.state import base_snapshots
from dataflows.state.base_snapshots import BaseSnapshot
from dataflows.state.snapshots import base_of, dump
from governance.changes.costs import DrivenGraph

EVENTS, BATCH, EPOCHS, FIRST = 50_000, 5_000, 10, 4
"""Orders of an epoch and of a batch; epochs, and the number of first ones that do not count, in which bases are
made."""
Users = Callable[[np.random.Generator], Ints]


def main() -> None:
    """Fills the shards, measures epochs and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    many = parser.parse_args().users
    base_snapshots.PAUSE = 0  # an epoch takes a second here instead of ten
    definitions, shards = load(Path("feature_specs")), Settings.model_fields["shards"].default
    feeder = DrivenGraph(definitions, shards, memory.NOW, encode=False)
    for source, payloads in memory.events(many):
        feeder.feed(source, payloads)
    drawn: dict[str, Users] = {
        "zipf": lambda rng: rng.zipf(1.2, EVENTS) % many,
        "uniform": lambda rng: rng.integers(0, many, EVENTS),
    }
    before = memory.resident()
    report = {name: measured(feeder, users) for name, users in drawn.items()}
    resident = {"resident_before_mb": round(before), "resident_mb": round(memory.resident())}
    write("snapshots", {"machine": facts(), "users": many, "events": EVENTS, "by_users": report} | resident)


def measured(feeder: DrivenGraph, users: Users) -> dict[str, object]:
    """Returns medians over epochs."""
    rng, epochs = np.random.default_rng(3), []
    with tempfile.TemporaryDirectory() as folder:
        whole, incremental = Store(Path(folder) / "whole"), Store(Path(folder) / "kept")
        for epoch in range(EPOCHS):
            touched = users(rng)
            made = fed(feeder, rng, touched)
            epochs.append({"touched": len(np.unique(touched)), **snapshotted(feeder, whole, incremental, made, epoch)})
    counted = epochs[FIRST:]
    return {name: round(median(float(epoch[name]) for epoch in counted), 3) for name in counted[0]} | {"all": epochs}


def fed(feeder: DrivenGraph, rng: np.random.Generator, users: Ints) -> dict[str, BaseSnapshot]:
    """Feeds the orders of an epoch; returns the bases that shards emitted, by key."""
    feeder.bases.clear()
    for start in range(0, len(users), BATCH):
        payloads = [msgspec.json.encode(memory.order(rng, int(user))) for user in users[start : start + BATCH]]
        feeder.feed("orders", payloads)
    return dict(feeder.bases)


def snapshotted(
    feeder: DrivenGraph, whole: "Store", incremental: "Store", made: dict[str, BaseSnapshot], epoch: int
) -> dict[str, float]:
    """Takes snapshots both ways, in turn: returns the seconds until stored, MB, and the share of shards in
    increments."""
    begun = time.perf_counter()
    wholes = {key: dump(logic.tiles, {}) for key, logic in feeder.keyed()}
    whole.write(epoch, wholes)
    between = time.perf_counter()
    snapshots = {key: logic.snapshot() for key, logic in feeder.keyed()}
    incremental.write(epoch, snapshots | {f"base {key}": base.snapshot for key, base in made.items()})
    return {
        "whole_seconds": round(between - begun, 3),
        "seconds": round(time.perf_counter() - between, 3),
        "whole_mb": round(sum(map(len, wholes.values())) / 1e6, 1),
        "mb": round(sum(map(len, [*snapshots.values(), *(base.snapshot for base in made.values())])) / 1e6, 1),
        "in_increments": sum(base_of(snapshot) is not None for snapshot in snapshots.values()) / len(snapshots),
    }


class Store:
    """A partition of a recovery store, with the tables and transactions of Bytewax."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite3.connect(file)
        self._store.execute("PRAGMA journal_mode = WAL")
        columns = "state_key TEXT, epoch INTEGER, data BLOB, PRIMARY KEY (state_key, epoch)"
        self._store.execute(f"CREATE TABLE snaps ({columns})")

    def write(self, epoch: int, snapshots: dict[str, bytes]) -> None:
        """Writes the snapshots of an epoch and deletes earlier ones."""
        rows = [(key, epoch, data) for key, data in snapshots.items()]
        with self._store:
            self._store.executemany("INSERT INTO snaps VALUES (?, ?, ?)", rows)
        with self._store:
            self._store.executemany("DELETE FROM snaps WHERE state_key = ? AND epoch < ?", [row[:2] for row in rows])


if __name__ == "__main__":
    main()
