"""Measures the cost of the quality branch to a live graph over order lines in memory: `python -m benchmarks.quality`.

Runs W12 from payload bytes to encoded hashes and records, which are then dropped; every run is a separate process,
with and without the branch in turn. The cost is the CPU time of the whole process without its start; ratios are taken
within a pair, because a machine's speed drifts. Writes benchmarks/results/quality.json.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import TestingSource, run_main

from benchmarks import w12
from benchmarks.engine.tile_engine import Payloads
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.wall_clock_run import wall_clock_run
from connectors.redis.endpoints.loss_detector import FirstItem
from dataflows.graph import build
from dataflows.metrics import PROFILED
from dataflows.quality.branch import QualityPorts
from dataflows.run import Ports
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings

BATCHES = (10_000, 1_000)
Figures = dict[str, float]
RUN: Callable[[Dataflow], None] = run_main
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Runs pairs and reports; with --child, one run in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=w12.ROWS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--child", nargs=2, metavar=("QUALITY", "BATCH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(run(chosen.child[0] == "on", int(chosen.child[1]), chosen.rows)))
        return
    head = {"machine": facts(), "stream": w12.stream(), "rows": chosen.rows}
    write("quality", head | {"by_batch_rows": {size: measure(size, chosen.rows, chosen.runs) for size in BATCHES}})


def measure(size: int, rows: int, runs: int) -> dict[str, object]:
    """Returns medians of pairs; a ratio of 0.9 means nine tenths of the events in the same time."""
    pairs = [pair(size, rows, on_first=turn % 2 == 0) for turn in range(runs)]
    return {
        "throughput_on_off_by_cpu": round(median(off["cpu_seconds"] / on["cpu_seconds"] for on, off in pairs), 3),
        "throughput_on_off_by_wall": round(median(off["seconds"] / on["seconds"] for on, off in pairs), 3),
        "all": pairs,
    }


def pair(size: int, rows: int, on_first: bool) -> tuple[Figures, Figures]:
    """Runs once with and once without the branch, alternating the order."""
    order = ("on", "off") if on_first else ("off", "on")
    figures = {quality: child(quality, size, rows) for quality in order}
    return figures["on"], figures["off"]


def child(quality: str, size: int, rows: int) -> Figures:
    """Carries out one run in a separate process."""
    command = [sys.executable, "-m", "benchmarks.quality", "--rows", str(rows), "--child", quality, str(size)]
    process = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    figures: Figures = json.loads(process.stdout.splitlines()[-1])
    print(quality, size, figures, file=sys.stderr)
    return figures


def run(quality: bool, size: int, rows: int) -> Figures:
    """Runs the whole graph over batches in memory."""
    compile_kernels()
    graph = live(list(w12.batches(w12.recent(w12.payloads(rows)), size)), quality)
    begun, cpu = time.perf_counter(), time.process_time()
    RUN(graph)
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "profiled": sum(sample.value for sample in _samples())}


def live(batches: list[list[bytes]], quality: bool) -> Dataflow:
    """Builds a run by the wall clock, as the service runs, over order lines of the last 50 minutes."""
    run = wall_clock_run(Settings(quality=quality), _now)
    return build(w12.definitions(), ends(batches), run)


def ends(batches: list[list[bytes]]) -> Ports:
    """Returns inputs of order lines, and outputs that drop everything."""
    nowhere = Nowhere()
    return Ports(
        source=lambda _: Payloads(batches),
        watch=TestingSource[Any]([FirstItem()]),
        store=nowhere,
        topic=lambda topic, features: nowhere,
        dead_letters=nowhere,
        quality=QualityPorts(latencies=list, live=nowhere, reports=nowhere, alerts=nowhere),
    )


class Nowhere(DynamicSink[Any], StatelessSinkPartition[Any]):
    """Drops everything written to it."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Nowhere":
        return self

    def write_batch(self, items: list[Any]) -> None:
        """Drops the items."""


def _now() -> int:
    return time.time_ns() // 1_000_000


def _samples() -> list[Any]:
    return [sample for metric in PROFILED.collect() for sample in metric.samples if sample.name.endswith("_total")]


if __name__ == "__main__":
    main()
