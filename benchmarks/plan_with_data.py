"""Measures a plan of a change's effect on values, over two hours of 5,000 events per second: `python -m
benchmarks.plan_with_data`.

`headrace plan --with-data FILE` folds W12 before and after a change of four features (a filter, a window, a value, and
one new feature) over order lines of many shops, dated evenly over two hours, in two processes. The whole command is
measured, including imports and charts: wall and CPU seconds of all its processes, and the memory of the largest one.

On a busy machine, `--events 3600000` takes a tenth of the time. The figure for 36 million events then follows from CPU
seconds: in proportion to the events, plus the cost of the command over hardly any. On two idle cores the wall time is
half the CPU time of the two folding processes, plus all CPU time of the command itself, which measures and draws alone.
Writes benchmarks/results/plan_with_data.json.
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
from benchmarks.history.events import slices
from benchmarks.measuring.machine import facts, load
from benchmarks.measuring.made_lines import START_MS, YEAR_MS
from benchmarks.measuring.reports import write
from cli.main import app

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
    """Makes the stream, measures and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.command:
        run_command(chosen.command)
        return
    busy = round(load(), 2)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        change(root)
        few, many = (measured(root, events) for events in (FEW, chosen.events))
    write("plan_with_data", {"load_before": busy, **report(few, many)})


def report(few: Mapping[str, float], many: Mapping[str, float]) -> dict[str, object]:
    """Returns the measured figures, and the figures for 36 million events."""
    folding, alone = (_scaled(few, many, key) for key in ("folding_cpu_seconds", "own_cpu_seconds"))
    return {
        "machine": facts(),
        "stream": w12.stream(),
        "processes": PROCESSES,
        "few": few,
        "measured": many,
        "36_million": {
            "cpu_seconds": round(folding + alone, 1),
            "seconds_on_two_idle_cores": round(folding / PROCESSES + alone, 1),
        },
    }


def change(root: Path) -> None:
    """Writes the definitions before and after."""
    for name in ("before", "after"):
        w12.copy_specs(root / name)
    for name, keys in CHANGES.items():
        (path,) = (root / "after").rglob(f"{name}.yaml")
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "version": 2, **keys, "tests": []}))
    (path,) = (root / "before").rglob(f"{NEW}.yaml")
    path.unlink()


def measured(root: Path, events: int) -> dict[str, float]:
    """Runs the command once over so many events."""
    stream = root / "orders.jsonl"
    write_stream(stream, events)
    begun = time.perf_counter()
    changes, figures = compared(root, stream)
    seconds = time.perf_counter() - begun
    assert changes["sources"] == [{"source": "orders", "events": events, "refused": {}}], changes["sources"]
    pairs = sum(feature["rows"] for feature in changes["features"])
    figures = {"events": events, "pairs": pairs, "seconds": round(seconds, 1), **figures}
    print(figures, file=sys.stderr, flush=True)
    return figures


def compared(root: Path, stream: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """Returns what the command prints about values, and its cost."""
    command = [sys.executable, "-m", "benchmarks.plan_with_data", "--command", "plan", str(root / "after")]
    command += ["--against", str(root / "before"), "--with-data", str(stream), "--plots", str(root / "plots"), "--json"]
    own = {"HEADRACE_HISTORY_PROCESSES": str(PROCESSES), "HEADRACE_VAR": str(root / "var")}
    done = subprocess.run(command, env=os.environ | own, stdout=subprocess.PIPE, check=True, text=True)
    answer, figures = done.stdout.splitlines()
    return json.loads(answer)["values"], json.loads(figures)


def run_command(arguments: list[str]) -> None:
    """Runs `headrace` in this process, then prints the cost of this process and of those that fold."""
    app(arguments, standalone_mode=False)
    own, folding = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    figures = {
        "own_cpu_seconds": round(own.ru_utime + own.ru_stime, 1),
        "folding_cpu_seconds": round(folding.ru_utime + folding.ru_stime, 1),
        "peak_mb": round(max(own.ru_maxrss, folding.ru_maxrss) / 1024),
    }
    print(json.dumps(figures))


def _scaled(few: Mapping[str, float], many: Mapping[str, float], key: str) -> float:
    """Scales a figure in proportion to the events, beside the cost for hardly any."""
    return (many[key] - few[key]) / (many["events"] - few["events"]) * EVENTS + few[key]


def write_stream(path: Path, events: int) -> None:
    """Writes order lines as JSON lines, evenly over two hours."""
    time_ms = BEGINS_MS + (pl.col("timestamp") - START_MS) * SPAN_MS // YEAR_MS
    with path.open("wb") as file:
        for lines in slices(events):
            lines.with_columns(time_ms.alias("timestamp")).write_ndjson(file)


if __name__ == "__main__":
    main()
