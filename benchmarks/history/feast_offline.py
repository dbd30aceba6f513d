"""Feast's offline retrieval over precomputed rows, run by the interpreter of a separate environment with Feast.

    python benchmarks/history/feast_offline.py FOLDER SPINE {dask,duckdb}

Joins the newest row of each entity at or before a time: a lookup of precomputed values, no computation of features.
Prints its figures as JSON.
"""

import importlib
import json
import sys
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

FEAST: Any = importlib.import_module("feast")
TYPES: Any = importlib.import_module("feast.types")
KEYS = ("user_id", "item_id", "time", "event_timestamp")


def main() -> None:
    """Asks for all features of the spine."""
    warnings.simplefilter("ignore")
    folder, spine, offline = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as registry:
        store = _store(registry, offline)
        views = [_view(store, folder / f"rows-{name}.parquet", name) for name in ("user_id", "item_id")]
        wall, cpu = time.perf_counter(), time.process_time()
        rows = pd.read_parquet(spine)
        rows["event_timestamp"] = pd.to_datetime(rows["time"], unit="ms", utc=True)
        names = [f"{view.name}:{field.name}" for view in views for field in view.features]
        values = store.get_historical_features(rows, names).to_arrow()
        pq.write_table(values, folder / "feast.parquet", compression="zstd")
        figures = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps({**figures, "peak_mb": _peak_mb(), "questions": len(values)}))


def _store(registry: str, offline: str) -> Any:
    return FEAST.FeatureStore(
        config=FEAST.RepoConfig(
            project="history",
            provider="local",
            registry=f"{registry}/registry.db",
            online_store=None,
            offline_store={"type": offline},
            entity_key_serialization_version=3,
        )
    )


def _view(store: Any, rows: Path, name: str) -> Any:
    """Registers a view of the precomputed rows of an entity."""
    entity = FEAST.Entity(name=name, join_keys=[name])
    columns = [column for column in pq.read_schema(rows).names if column not in KEYS]
    view = FEAST.FeatureView(
        name=f"of_{name}",
        entities=[entity],
        schema=[FEAST.Field(name=column, dtype=TYPES.Float64) for column in columns],
        source=FEAST.FileSource(path=str(rows), timestamp_field="event_timestamp"),
        ttl=timedelta(days=3_650),
    )
    store.apply([entity, view])
    return view


def _peak_mb() -> float:
    (line,) = (status for status in Path("/proc/self/status").read_text().splitlines() if status.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
