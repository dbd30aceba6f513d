"""Feast's offline retrieval over precomputed rows; run by the interpreter of an environment of its own that has Feast.

    python benchmarks/feast_offline.py FOLDER SPINE {dask,duckdb}

It joins the newest row of each entity at or before a time: a look-up of what somebody has computed, no computation of
features. Prints its figures as JSON.
"""

import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64

FOLDER, SPINE, STORE = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
KEYS = ("user_id", "item_id", "time", "event_timestamp")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(
            config=RepoConfig(
                project="history",
                provider="local",
                registry=f"{folder}/registry.db",
                online_store=None,
                offline_store={"type": STORE},
                entity_key_serialization_version=3,
            )
        )
        views = [view(name) for name in ("user_id", "item_id")]
        store.apply([*(one.entity for one in views), *(one.view for one in views)])
        wall, cpu = time.perf_counter(), time.process_time()
        spine = pd.read_parquet(SPINE)
        spine["event_timestamp"] = pd.to_datetime(spine["time"], unit="ms", utc=True)
        names = [f"{one.view.name}:{field.name}" for one in views for field in one.view.features]
        found = store.get_historical_features(spine, names).to_arrow()
        pq.write_table(found, FOLDER / "feast.parquet", compression="zstd")
        seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb(), "questions": len(found)}))


class view:  # noqa: N801
    """A view of the precomputed rows of an entity."""

    def __init__(self, name: str) -> None:
        path = FOLDER / f"rows-{name}.parquet"
        self.entity = Entity(name=name, join_keys=[name])
        fields = [Field(name=column, dtype=Float64) for column in pq.read_schema(path).names if column not in KEYS]
        source = FileSource(path=str(path), timestamp_field="event_timestamp")
        self.view = FeatureView(
            name=f"of_{name}", entities=[self.entity], schema=fields, source=source, ttl=timedelta(days=3650)
        )


def peak_mb() -> float:
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
