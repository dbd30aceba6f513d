"""Judges the streams of benchmarks.drift with evidently and whylogs and their defaults, in a separate Python.

Each window is judged against the first twelve, all features and rows at once, as their users do. `looks` are the shares
(%) of features and windows called drifted; `features` the shares with an alert (%), if every call raises one and if it
takes three calls in five windows. Prints one line of JSON.
"""

import importlib
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.measuring.streams import DRAWS, Reals, Shape, as_text, shape_of, windows

REFERENCE, LOOKS, FEATURES = 12, 16, 10
FIRE, OF = 3, 5
Judged = Callable[[Any, Any], dict[str, bool]]


def main() -> None:
    """Runs every tool that is installed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    sizes = [int(rows) for rows in sys.argv[1:]]
    print(json.dumps([{"tool": tool, **figures} for tool in TOOLS for figures in _of_tool(tool, sizes)]))


def _of_tool(tool: str, sizes: list[int]) -> Iterator[dict[str, object]]:
    try:
        known = version(tool)
    except PackageNotFoundError:
        yield {"missing": "not installed in this environment"}
        return
    judge = TOOLS[tool]()
    for rows in sizes:
        for name in DRAWS:
            for change in ("none", "new category 10 %" if name == "categories" else "shift 0.5"):
                figures = _case(judge, name, rows, change)
                yield {"version": known, "shape": name, "rows": rows, "change": change, **figures}


def _case(judge: Judged, name: str, rows: int, change: str) -> dict[str, float]:
    shape = shape_of(name)
    many = REFERENCE + LOOKS
    streams = [
        [window.values for window in windows(shape, rows, many, seed, change, REFERENCE)] for seed in range(FEATURES)
    ]
    calls = np.array([_look(judge, shape, streams, window) for window in range(REFERENCE, REFERENCE + LOOKS)])
    fired = [np.convolve(calls[:, feature], np.ones(OF))[: len(calls)].max() >= FIRE for feature in range(FEATURES)]
    return {
        "looks_over_percent": round(100 * float(calls.mean()), 2),
        "features_called_percent": round(100 * float(calls.any(axis=0).mean()), 1),
        "features_fired_3_of_5_percent": round(100 * float(np.mean(fired)), 1),
    }


def _look(judge: Judged, shape: Shape, streams: list[list[Reals]], window: int) -> list[bool]:
    """Returns for each feature whether it is called drifted."""
    pandas = importlib.import_module("pandas")
    now = pandas.DataFrame({f"f{place}": _column(shape, stream[window]) for place, stream in enumerate(streams)})
    before = [np.concatenate(stream[:REFERENCE]) for stream in streams]
    then = pandas.DataFrame({f"f{place}": _column(shape, values) for place, values in enumerate(before)})
    verdicts = judge(now, then)
    return [verdicts[f"f{place}"] for place in range(len(streams))]


def _column(shape: Shape, values: Reals) -> Any:
    return as_text(values) if shape.name == "categories" else values


def _evidently() -> Judged:
    report = importlib.import_module("evidently").Report
    preset = importlib.import_module("evidently.presets").DataDriftPreset

    def judge(now: Any, then: Any) -> dict[str, bool]:
        metrics = report([preset()]).run(now, then).dict()["metrics"]
        drifts = [metric for metric in metrics if metric["config"]["type"].endswith("ValueDrift")]
        return {drift["config"]["column"]: _is_drift(drift) for drift in drifts}

    return judge


def _is_drift(metric: dict[str, Any]) -> bool:
    value, threshold = float(metric["value"]), float(metric["config"]["threshold"])
    return value < threshold if "p_value" in metric["config"]["method"] else value >= threshold


def _whylogs() -> Judged:
    log = importlib.import_module("whylogs").log
    scores = importlib.import_module("whylogs.viz.drift.column_drift_algorithms").calculate_drift_scores

    def judge(now: Any, then: Any) -> dict[str, bool]:
        verdicts = scores(target_view=log(now).view(), reference_view=log(then).view(), with_thresholds=True)
        return {column: score is not None and score["drift_category"] == "DRIFT" for column, score in verdicts.items()}

    return judge


TOOLS: dict[str, Callable[[], Judged]] = {"evidently": _evidently, "whylogs": _whylogs}

if __name__ == "__main__":
    main()
