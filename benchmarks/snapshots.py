"""What a snapshot of many entities costs, whole and in increments: `python -m benchmarks.snapshots`.

One million users with the demo's features (`benchmarks.memory`) in the shards of one worker. Then, epoch by epoch,
50,000 orders (ten seconds of 5,000 events/s) by users that Zipf's law or chance chooses, and a snapshot of every shard
into a recovery store of one partition, as Bytewax writes it (SQLite, one transaction, older snapshots deleted): once
whole, once as the run does it. Writes seconds and MB an epoch, medians of all but the first epochs, and
resident memory (MB) before and after, the newest bases in it, to benchmarks/results/snapshots.json.
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
"""Of an epoch, of a batch; epochs, and how many of them are not counted: bases are made in these."""
Users = Callable[[np.random.Generator], Ints]


def main() -> None:
    """Fills the shards, then measures epochs, reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    many = parser.parse_args().users
    base_snapshots.PAUSE = 0  # an epoch takes a second here, not ten
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
    """Medians over epochs."""
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
    """The orders of an epoch; the bases that shards left, by key."""
    feeder.bases.clear()
    for start in range(0, len(users), BATCH):
        payloads = [msgspec.json.encode(memory.order(rng, int(user))) for user in users[start : start + BATCH]]
        feeder.feed("orders", payloads)
    return dict(feeder.bases)


def snapshotted(
    feeder: DrivenGraph, whole: "Store", incremental: "Store", made: dict[str, BaseSnapshot], epoch: int
) -> dict[str, float]:
    """Both ways, in turn: seconds until it is in the store, MB, and the share of shards in increments."""
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
    """A partition of a recovery store, with the tables and the transactions of Bytewax."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite3.connect(file)
        self._store.execute("PRAGMA journal_mode = WAL")
        columns = "state_key TEXT, epoch INTEGER, data BLOB, PRIMARY KEY (state_key, epoch)"
        self._store.execute(f"CREATE TABLE snaps ({columns})")

    def write(self, epoch: int, snapshots: dict[str, bytes]) -> None:
        """The snapshots of an epoch; those before them go."""
        rows = [(key, epoch, data) for key, data in snapshots.items()]
        with self._store:
            self._store.executemany("INSERT INTO snaps VALUES (?, ?, ?)", rows)
        with self._store:
            self._store.executemany("DELETE FROM snaps WHERE state_key = ? AND epoch < ?", [row[:2] for row in rows])


if __name__ == "__main__":
    main()
