"""Measures false alarms and power of drift: `python -m benchmarks.drift [--python PATH]`.

The real monitor judges generated features (benchmarks/measuring/streams.py) window by window, by the last value of each
entity, against their population's figures and the twelve windows before: first without any drift, where every alert is
a false alarm; then with a change from window 24 on. `looks` are shares (%) of scores over their threshold, by measure;
`features` the share that fired (%); `windows` the median number of windows from the change to the alert. With --python,
a Python that has evidently and whylogs judges all rows of the same streams with their defaults
(benchmarks/drift/others.py), with and without the same debounce. Writes benchmarks/results/drift.json.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.drift.cases import Case, judged
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.streams import NUMBERS

ROWS = (100, 300, 1_000, 5_000)
OTHERS_ROWS = (100, 1_000)
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Runs all cases, then the other tools."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--python", type=Path, help="a Python with evidently and whylogs")
    chosen = parser.parse_args()
    everything = list(cases(chosen.features))
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        measured = list(pool.map(judged, everything))
    report: dict[str, object] = {"machine": facts(), "headrace": measured, "others": MISSING}
    write("drift", report)
    if chosen.python:
        write("drift", report | {"others": others(chosen.python)})


def cases(features: int) -> Iterator[Case]:
    """Yields every shape at every size, without and with each change; a fifth of the features where there is one."""
    fifth = max(1, features // 5)
    for rows in ROWS:
        for shape in NUMBERS:
            yield Case(shape, rows, "none", features)
            yield from (Case(shape, rows, change, fifth) for change in ("shift 0.5", "scale 1.5", "nulls 20 %"))
        yield Case("categories", rows, "none", features)
        yield from (Case("categories", rows, change, fifth) for change in ("new category 10 %", "nulls 20 %"))


def others(python: Path) -> object:
    """Returns the verdicts of other tools on the same streams."""
    command = [str(python), "-m", "benchmarks.drift.others", *map(str, OTHERS_ROWS)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | QUIET)
    return json.loads(ran.stdout.splitlines()[-1])


MISSING = "not run: give --python PATH of an environment with evidently and whylogs"
QUIET = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "DO_NOT_TRACK": "1"}

if __name__ == "__main__":
    main()
