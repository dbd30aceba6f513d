"""Random numbers whose seed is printed when a test fails, and how many seeds a run takes."""

import os
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

ALL_SEEDS = 9
SEEDS = int(os.environ.get("HEADRACE_TEST_SEEDS", str(ALL_SEEDS)))
Case = TypeVar("Case")


def seeds(usual: int = ALL_SEEDS) -> range:
    """The seeds of a property that usually has so many: in proportion to HEADRACE_TEST_SEEDS."""
    return range(max(1, round(usual * SEEDS / ALL_SEEDS)))


def some(cases: Sequence[Case]) -> list[Case]:
    """The cases of a long table, all of them usually; with fewer seeds as small a part, evenly spread."""
    many = min(len(cases), len(seeds(len(cases))))
    return [cases[at * len(cases) // many] for at in range(many)]


def rng_of(seed: int) -> np.random.Generator:
    """The numbers of a seed."""
    print(f"{seed=}")
    return np.random.default_rng(seed)


def fresh_seed() -> int:
    """Another seed in each run, or the one of HEADRACE_SEED."""
    seed = int(os.environ.get("HEADRACE_SEED") or np.random.default_rng().integers(2**31))
    print(f"HEADRACE_SEED={seed}")
    return seed
