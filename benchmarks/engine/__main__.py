"""Measures the engine alone, payload bytes in memory to feature rows, beside its baselines: `python -m
benchmarks.engine`.

Runs W12 over the retail order lines; every run is a separate process, in turn, and the median of several counts.
Ratios are taken within a turn, because a machine's speed drifts. Writes benchmarks/results/engine.json.
"""

import argparse
import sys
from statistics import median

from benchmarks import w12
from benchmarks.engine.baselines import fresh
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write

BATCHES = (1_000, 5_000, 20_000)
NAMES = ("headrace", "plain_tiles", "plain_rows")
PREFIX = 20_000
"""Bytewax's own windows run over the first rows only: they slow down as windows fill."""

Turn = dict[str, dict[str, float]]


def main() -> None:
    """Runs the baselines and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=w12.ROWS)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    head = {"machine": facts(), "stream": w12.stream(), "rows": chosen.rows}
    report = {size: summary([turn(chosen.rows, size) for _ in range(chosen.runs)]) for size in BATCHES}
    builtin = fresh("builtin_windows", PREFIX, 10_000)
    write("engine", head | {"by_batch_rows": report, "builtin_windows": builtin})


def turn(rows: int, size: int) -> Turn:
    """Runs each baseline once."""
    measured = {name: fresh(name, rows, size) for name in NAMES}
    print(size, {name: round(figures["events_per_second"]) for name, figures in measured.items()}, file=sys.stderr)
    return measured


def summary(turns: list[Turn]) -> dict[str, object]:
    """Returns medians, and how many times faster Headrace was in the same turn."""
    return {
        name: {
            "events_per_second": round(median(measured[name]["events_per_second"] for measured in turns)),
            "rows": turns[0][name]["rows"],
            "headrace_is_faster": round(median(_ratio(measured, name) for measured in turns), 2),
        }
        for name in NAMES
    }


def _ratio(measured: Turn, name: str) -> float:
    return measured["headrace"]["events_per_second"] / measured[name]["events_per_second"]


if __name__ == "__main__":
    main()
