"""Measures false alarms and power of drift: `python -m benchmarks.drift [--python PATH]`.

The real monitor judges made-up features (benchmarks/measuring/streams.py) window by window, by the last value of each
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
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.streams import NUMBERS, Shape, as_text, shape_of, windows
from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import RowProfiles
from reports.profiling.profile import Profile
from reports.records import Alert, Score, Subject

STEP = 300_000
ROWS = (100, 300, 1_000, 5_000)
CALM, CHANGED, SINCE = 96, 36, 24
"""The number of windows without drift; the number with it, and the first changed window."""
FEWEST = 60
"""The fewest entities judged here; the default limit is two hundred."""
OTHERS_ROWS = (100, 1_000)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the table."""

    shape: str
    rows: int
    change: str
    features: int


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


def judged(case: Case) -> dict[str, object]:
    """Returns the verdicts on a case."""
    shape, over, looks = shape_of(case.shape), Counter[str](), Counter[str]()
    first: list[int] = []
    for feature in range(case.features):
        scores, alerts = course(shape, case, feature)
        looks.update(name(score) for score in scores)
        over.update(name(score) for score in scores if score.over)
        first += sorted((alert.at_ms // STEP - begins(case)) for alert in alerts if alert.state == "firing")[:1]
    return {
        "shape": case.shape,
        "rows": case.rows,
        "change": case.change,
        "looks_over_percent": {measure: round(100 * over[measure] / looks[measure], 2) for measure in sorted(looks)},
        "features_fired_percent": round(100 * len(first) / case.features, 1),
        "windows_to_alert": median(first) if first and case.change != "none" else None,
    }


def course(shape: Shape, case: Case, feature: int) -> tuple[list[Score], list[Alert]]:
    """Returns the scores and alerts of one feature: all of them without a change, else those since it."""
    texts = shape.name == "categories"
    judge = FeatureMonitor(subject_of(shape, texts), (), Limits(min_rows=FEWEST))
    scores: list[Score] = []
    alerts: list[Alert] = []
    many = CALM if case.change == "none" else CHANGED
    for window, drawn in enumerate(windows(shape, case.rows, many, feature, case.change, begins(case))):
        values = drawn.last()
        profile = Profile("text" if texts else "number", rules=0)
        profile.add(pl.Series(as_text(values)) if texts else pl.Series(values, nan_to_null=True), ())
        judge.take(RowProfiles(shape.name, {window * STEP: profile}), window * STEP)
        report, changed_alerts = judge.close(window * STEP, (window + 1) * STEP)
        if window >= begins(case):
            scores += report.scores
            alerts += changed_alerts
    return scores, alerts


def begins(case: Case) -> int:
    """Returns the first window that counts."""
    return 0 if case.change == "none" else SINCE


def subject_of(shape: Shape, texts: bool) -> Subject:
    """Returns a feature whose definition describes its population."""
    figures = {"null_ratio": 0.0} | ({} if texts else {"mean": shape.mean, "std_dev": shape.std, "p95": shape.p95})
    kind = "STRING" if texts else "DOUBLE"
    return Subject(
        feature=shape.name,
        version=1,
        fingerprint="",
        entity_type="user",
        value_type=kind,
        owner="",
        window_ms=STEP,
        baseline=figures,
    )


def name(score: Score) -> str:
    """Returns a measure with the side it compares against."""
    return f"{score.against} {score.measure}"


def others(python: Path) -> object:
    """Returns the verdicts of other tools on the same streams."""
    command = [str(python), "-m", "benchmarks.drift.others", *map(str, OTHERS_ROWS)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | QUIET)
    return json.loads(ran.stdout.splitlines()[-1])


MISSING = "not run: give --python PATH of an environment with evidently and whylogs"
QUIET = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "DO_NOT_TRACK": "1"}

if __name__ == "__main__":
    main()
