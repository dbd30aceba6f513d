"""What a change does to values, over two hours of 5,000 events a second: `python -m benchmarks.plan_with_data`.

`headrace plan --with-data FILE` folds W12 before and after a change of four features (a filter, a window, a value, and
one that is new) over order lines of many shops, dated evenly over two hours, in two processes. The whole command is
measured, imports and pictures included: wall and CPU seconds of all its processes, and the memory of the largest one.

On a machine that is busy, `--events 3600000` takes a tenth. What 36 million take is then said twice: CPU seconds in
proportion to the events, without what the command takes for hardly any; and what that is on two idle cores, if they
share the work evenly. Writes benchmarks/results/plan_with_data.json.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from benchmarks import w12
from benchmarks.history_events import slices
from benchmarks.machine import facts, load
from benchmarks.made_lines import START_MS, YEAR_MS
from benchmarks.reports import write

EVENTS, FEW = 36_000_000, 20_000
PROCESSES = 2
SPAN_MS, BEGINS_MS = 7_200_000, 1_767_225_600_000
CHANGES: Mapping[str, Mapping[str, object]] = {
    "user_orders_1h": {"filter": "event_type = 'payment_success' AND quantity > 1"},
    "user_spend_24h": {"window": "12h"},
    "item_revenue_24h": {"value": "amount * 2"},
}
NEW = "item_max_quantity_7d"


def main() -> None:
    """Makes the stream, measures, reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    chosen = parser.parse_args()
    busy = round(load(), 2)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        change(root)
        few, many = (measured(root, events) for events in (FEW, chosen.events))
    cpu = (many["cpu_seconds"] - few["cpu_seconds"]) / (chosen.events - FEW) * EVENTS + few["cpu_seconds"]
    report = {
        "machine": facts(),
        "stream": w12.stream(),
        "load_before": busy,
        "processes": PROCESSES,
        "few": few,
        "measured": many,
        "36_million": {"cpu_seconds": round(cpu, 1), "seconds_on_two_idle_cores": round(cpu / 2, 1)},
    }
    write("plan_with_data", report)


def change(root: Path) -> None:
    """The definitions before and after."""
    for name in ("before", "after"):
        w12.copy_specs(root / name)
    for name, keys in CHANGES.items():
        (path,) = (root / "after").rglob(f"{name}.yaml")
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "version": 2, **keys, "tests": []}))
    (path,) = (root / "before").rglob(f"{NEW}.yaml")
    path.unlink()


def measured(root: Path, events: int) -> dict[str, float]:
    """One run of the command over so many events."""
    stream = root / "orders.jsonl"
    write_stream(stream, events)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    found = compared(root, stream)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert found["sources"] == [{"source": "orders", "events": events, "refused": {}}], found["sources"]
    figures = {
        "events": events,
        "pairs": sum(feature["rows"] for feature in found["features"]),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": round(after.ru_maxrss / 1024),
    }
    print(figures, file=sys.stderr, flush=True)
    return figures


def compared(root: Path, stream: Path) -> dict[str, Any]:
    """What the command says, as JSON."""
    command = [sys.executable, "-m", "cli.main", "plan", str(root / "after"), "--against", str(root / "before")]
    command += ["--with-data", str(stream), "--plots", str(root / "plots"), "--json"]
    own = {"HEADRACE_HISTORY_PROCESSES": str(PROCESSES), "HEADRACE_VAR": str(root / "var")}
    done = subprocess.run(command, env=os.environ | own, stdout=subprocess.PIPE, check=False, text=True)
    found: dict[str, Any] = json.loads(done.stdout)["values"]
    return found


def write_stream(path: Path, events: int) -> None:
    """Order lines as JSON lines, evenly over two hours."""
    at = BEGINS_MS + (pl.col("timestamp") - START_MS) * SPAN_MS // YEAR_MS
    with path.open("wb") as file:
        for some in slices(events):
            some.with_columns(at.alias("timestamp")).write_ndjson(file)


if __name__ == "__main__":
    main()
