"""Values of all kinds and shapes, and profiles of them."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from reports.profiling.profile import Profile
from reports.profiling.value_kinds import ProfileKind
from tests.support.generators.seeds import seeds

Reals = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Reals]
SEEDS = seeds(3)
SHAPES: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "far from zero": lambda rng, n: rng.normal(290, 5, n),
    "clock": lambda rng, n: 1.76e9 + rng.uniform(0, 300, n),
    "heavy": lambda rng, n: rng.standard_cauchy(n),
    "long tail": lambda rng, n: rng.lognormal(3, 2, n),
    "counts": lambda rng, n: rng.poisson(4, n).astype(np.float64),
    "mostly zero": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.lognormal(3, 1, n)),
    "many integers": lambda rng, n: rng.integers(-(10**6), 10**6, n).astype(np.float64),
}
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e100, -1e90]


def profile_of(values: pl.Series, kind: ProfileKind = "number", rules: int = 0) -> Profile:
    made = Profile(kind, rules)
    made.add(values, [0] * rules)
    return made


def series_of(rng: np.random.Generator, kind: ProfileKind, n: int) -> pl.Series:
    """Returns values of a kind, a tenth of them null."""
    made: dict[ProfileKind, pl.Series] = {
        "number": pl.Series(np.concatenate([rng.lognormal(3, 2, n - len(SPECIAL)), SPECIAL])),
        "text": pl.Series([f"é{number}" for number in rng.integers(0, 300, n)]),
        "truth": pl.Series(rng.random(n) < 0.1),
        "length": pl.Series([[0] * int(length) for length in rng.integers(0, 9, n)]),
        "time": pl.Series(1_760_000_000_000 + rng.integers(0, 10**9, n)).cast(pl.Datetime("ms", "UTC")),
    }
    nulls = pl.Series(rng.random(n) < 0.1)
    return made[kind].to_frame("v").select(pl.when(~nulls).then(pl.col("v")))["v"]


def merged(parts: list[Profile], rng: np.random.Generator) -> Profile:
    """Merges all parts two by two in random order."""
    while len(parts) > 1:
        part = parts.pop(int(rng.integers(len(parts))))
        parts[int(rng.integers(len(parts)))].merge(part)
    return parts[0]


def cut(values: pl.Series, rng: np.random.Generator) -> Iterator[pl.Series]:
    ends = np.sort(rng.integers(0, len(values), 9))
    for start, stop in zip([0, *ends], [*ends, len(values)], strict=True):
        yield values[int(start) : int(stop)]
