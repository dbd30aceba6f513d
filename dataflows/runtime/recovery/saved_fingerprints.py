"""Reads the feature fingerprints of the saved state: what the next run continues, and what it starts over."""

import pickle
import sqlite3
from pathlib import Path

from dataflows.runtime.recovery.resumption import FLOW
from dataflows.runtime.recovery.store import damaged, read_store
from dataflows.state import fingerprints_in
from dataflows.windows import shard_in

_WINDOWS = f"{FLOW}.windows_"


def saved_fingerprints(folder: Path) -> dict[str, str]:
    """Returns the fingerprint of each feature in the state, by name. Raises RecoveryRefused and SnapshotDamaged."""
    store = read_store(folder)
    fingerprints = dict[str, str]()
    for step, keys in store.newest_snapshots().items():
        if step.startswith(_WINDOWS):
            key, epoch = max(keys.items(), key=lambda newest: newest[1])
            try:
                snapshot = store.snapshot(step, key, epoch)
            except (sqlite3.Error, pickle.UnpicklingError) as error:
                raise damaged(store.partitions[0].path, str(error)) from error
            fingerprints |= fingerprints_in(shard_in(snapshot)) if snapshot else {}
    return fingerprints
