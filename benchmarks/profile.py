"""Measures the cost of a profile, and its sketches beside those of datasketches: `python -m benchmarks.profile`.

Quantiles: 20,000 numbers of each shape in forty parts, merged; the greatest rank error (%) over 129 quantiles, the
error of p99 (%) and the bytes stored, for the histogram's cells and for KLL (k = 400). Distinct: relative errors (%,
root of the mean square over twenty runs, forty parts merged) of the registers and of HLL (lg_k = 12), and HLL's CPU
time per value. Cost: CPU time of one `add` to a fresh profile by type and rows (us), and of the operations on a
profile. Writes benchmarks/results/profile.json.
"""

import time
from collections.abc import Callable

import numpy as np
import polars as pl
from datasketches import hll_sketch, hll_union, kll_doubles_sketch

from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.streams import DRAWS, Draw, Reals
from reports.profiling.histogram import EMPTY, LogHistogram
from reports.profiling.profile import Profile
from reports.profiling.summary import CURVE, summary_of
from reports.profiling.value_kinds import ProfileKind

ROWS, PARTS, KLL, LG_K = 20_000, 40, 400, 12
SIZES = (50, 1_000, 5_000, 20_000)
SHAPES: dict[str, Draw] = {name: draw for name, draw in DRAWS.items() if name not in ("hot entities", "categories")} | {
    "far from zero": lambda rng, rows: rng.normal(290, 5, rows),
    "seconds of a clock": lambda rng, rows: 1.76e9 + rng.uniform(0, 300, rows),
    "pareto 1": lambda rng, rows: rng.pareto(1, rows),
    "all magnitudes and a spike": lambda rng, rows: np.where(
        rng.random(rows) < 0.5, 10.0 ** rng.uniform(-300, 300, rows), rng.normal(100, 1, rows)
    ),
}


def main() -> None:
    """Measures and reports."""
    quantiles = {name: _quantiles(draw) for name, draw in SHAPES.items()}
    costs = {name: {rows: _cost(kind, values(rows)) for rows in SIZES} for name, (kind, values) in VALUES.items()}
    write("profile", {"machine": facts(), "quantiles": quantiles, "distinct": _distinct(), "cost_us": costs})


def _quantiles(draw: Draw) -> dict[str, object]:
    rng = np.random.default_rng(1)
    numbers = draw(rng, ROWS)
    cells, sketch = EMPTY, kll_doubles_sketch(KLL)
    for part in np.array_split(numbers, PARTS):
        cells = cells.merged(LogHistogram.of(part))
        other = kll_doubles_sketch(KLL)
        other.update(part)
        sketch.merge(other)
    quantiles = {"cells": cells.quantiles(CURVE), "kll": np.array(sketch.get_quantiles(CURVE.tolist()))}
    p99 = {"cells": cells.quantiles([0.99])[0], "kll": sketch.get_quantile(0.99)}
    sizes = {"cells": len(cells.dump()), "kll": len(sketch.serialize())}
    exact = np.quantile(numbers, 0.99)
    return {
        side: {
            "rank_error_percent": round(100 * _rank_error(np.sort(numbers), quantiles[side]), 3),
            "p99_error_percent": round(100 * abs(p99[side] / exact - 1), 3),
            "bytes": sizes[side],
        }
        for side in quantiles
    }


def _rank_error(numbers: Reals, answers: Reals) -> float:
    """Returns the greatest distance between the ranks asked for and those of the answers; tiny answers count as
    zero."""
    answers = np.where(np.abs(answers) < 1e-305, 0.0, answers)
    low, high = (np.searchsorted(numbers, answers, side=side) / len(numbers) for side in ("left", "right"))
    return float(np.maximum(low - CURVE, CURVE - high).max())


def _distinct() -> dict[str, float]:
    errors: dict[str, list[float]] = {"registers": [], "hll": []}
    for seed in range(20):
        numbers = np.random.default_rng(seed).normal(size=ROWS)
        errors["registers"].append(_profile("number", pl.Series(numbers)).distinct / ROWS - 1)
        union = hll_union(LG_K)
        for part in np.array_split(numbers, PARTS):
            union.update(_hll(part))
        errors["hll"].append(union.get_estimate() / ROWS - 1)
    numbers = np.random.default_rng(0).normal(size=ROWS)
    cpu = _cpu_us(lambda: _hll(numbers), 5) * 1e3 / ROWS
    return {
        side: round(100 * float(np.sqrt(np.mean(np.square(deviations)))), 2) for side, deviations in errors.items()
    } | {"hll_ns_a_value": round(cpu, 1)}


def _hll(numbers: Reals) -> hll_sketch:
    sketch = hll_sketch(LG_K)
    for number in numbers.tolist():
        sketch.update(number)
    return sketch


def _cost(kind: ProfileKind, values: pl.Series) -> dict[str, float]:
    profile, other = _profile(kind, values), _profile(kind, values)
    data = profile.dump()
    measured: dict[str, Callable[[], object]] = {
        "add": lambda: _profile(kind, values),
        "merge": lambda: profile.merge(other),
        "dump": profile.dump,
        "load": lambda: Profile.load(data),
        "summary": lambda: summary_of(profile),
    }
    return {name: round(_cpu_us(call, 100), 1) for name, call in measured.items()} | {"bytes": len(data)}


def _profile(kind: ProfileKind, values: pl.Series) -> Profile:
    profile = Profile(kind, rules=0)
    profile.add(values, ())
    return profile


def _cpu_us(call: Callable[[], object], times: int) -> float:
    call()
    begun = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begun) / times * 1e6


def _doubles(rows: int) -> pl.Series:
    return pl.Series(np.random.default_rng(rows).lognormal(3, 1, rows))


def _with_nulls(rows: int) -> pl.Series:
    return _doubles(rows).set(pl.Series(np.random.default_rng(1).random(rows) < 0.1), None)


VALUES: dict[str, tuple[ProfileKind, Callable[[int], pl.Series]]] = {
    "DOUBLE": ("number", _doubles),
    "DOUBLE, a tenth null": ("number", _with_nulls),
    "INT64, few different": ("number", lambda rows: pl.Series(np.random.default_rng(1).poisson(4, rows))),
    "BOOL": ("truth", lambda rows: pl.Series(np.random.default_rng(1).random(rows) < 0.1)),
    "STRING, three different": ("text", lambda rows: pl.Series(["pix", "card", "cash"] * rows).head(rows)),
    "STRING, all different": ("text", lambda rows: pl.Series([f"user{number}" for number in range(rows)])),
}

if __name__ == "__main__":
    main()
