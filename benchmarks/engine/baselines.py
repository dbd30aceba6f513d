"""Runs Headrace or one of its baselines in a fresh process.

    python -m benchmarks.engine.baselines plain_tiles --rows 541909

headrace: its own operators, up to feature rows. plain_tiles: W12 as dict tiles in one stateful step per entity type
(see its module). plain_rows: the same with the rows that windows leave behind between two events, as Headrace emits
them. builtin_windows: W12 in Bytewax's own sliding windows; run it on a prefix, it slows down as windows fill.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import bytewax.testing
from bytewax.dataflow import Dataflow

from benchmarks import w12
from benchmarks.engine import builtin_windows, plain_rows, plain_tiles, tile_engine
from benchmarks.measuring.counting import Rows

ROOT = Path(__file__).resolve().parents[2]
Batches = Sequence[list[bytes]]
RUN: Callable[[Dataflow], None] = bytewax.testing.run_main


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: the number of emitted rows, wall and CPU seconds of the whole flow."""

    rows: int
    seconds: float
    cpu_seconds: float


def run_plain_tiles(batches: Batches) -> Measured:
    users, items = Rows(), Rows()
    return _measured(plain_tiles.flow(batches, users, items), lambda: users.rows + items.rows)


def run_plain_rows(batches: Batches) -> Measured:
    users, items = Rows(), Rows()
    return _measured(plain_rows.flow(batches, users, items), lambda: users.rows + items.rows)


def run_builtin_windows(batches: Batches) -> Measured:
    closed = Rows()
    return _measured(builtin_windows.flow(batches, closed), lambda: closed.rows)


def run_headrace(batches: Batches) -> Measured:
    frames = tile_engine.Frames()
    return _measured(tile_engine.flow(batches, frames), lambda: frames.rows)


BASELINES: dict[str, Callable[[Batches], Measured]] = {
    "headrace": run_headrace,
    "plain_tiles": run_plain_tiles,
    "plain_rows": run_plain_rows,
    "builtin_windows": run_builtin_windows,
}


def _measured(graph: Dataflow, rows: Callable[[], int]) -> Measured:
    """Runs a flow without the cyclic garbage collector: nothing here makes cycles, and it would cost the baseline a
    quarter."""
    gc.collect()
    gc.disable()
    cpu, wall = time.process_time(), time.perf_counter()
    RUN(graph)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    gc.enable()
    return Measured(rows(), seconds, cpu_seconds)


def fresh(name: str, rows: int, batch_rows: int) -> dict[str, float]:
    """Runs one baseline in a separate process: events, rows, seconds, cpu_seconds, events_per_second.

    Raises subprocess.CalledProcessError when the run fails.
    """
    command = [
        sys.executable,
        "-m",
        "benchmarks.engine.baselines",
        name,
        f"--rows={rows}",
        f"--batch-rows={batch_rows}",
    ]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def report(name: str, rows: int, batch_rows: int) -> dict[str, float]:
    """Runs one baseline in this process, with the figures of `fresh`."""
    payloads = w12.payloads(rows)
    measured = BASELINES[name](list(w12.batches(payloads, batch_rows)))
    events = len(payloads)
    return {"events": events, "events_per_second": events / measured.seconds, **asdict(measured)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(BASELINES))
    parser.add_argument("--rows", type=int, default=w12.ROWS)
    parser.add_argument("--batch-rows", type=int, default=10_000)
    chosen = parser.parse_args()
    print(json.dumps(report(chosen.name, chosen.rows, chosen.batch_rows)))


if __name__ == "__main__":
    main()
