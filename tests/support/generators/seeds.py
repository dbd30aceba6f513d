"""Random numbers whose seed is printed when a test fails, and the number of seeds of a run."""

import os
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

ALL_SEEDS = 9
SEEDS = int(os.environ.get("HEADRACE_TEST_SEEDS", str(ALL_SEEDS)))
CHOSEN = os.environ.get("HEADRACE_SEED")
"""The seed that was asked for; read at the start, because tests clear the settings of their environment."""
Case = TypeVar("Case")


def seeds(usual: int = ALL_SEEDS) -> range:
    """Returns the seeds of a property, in proportion to HEADRACE_TEST_SEEDS; `usual` is their number by default."""
    return range(max(1, round(usual * SEEDS / ALL_SEEDS)))


def some(cases: Sequence[Case], at_least: int = 1) -> list[Case]:
    """Returns the cases of a long table: usually all; with fewer seeds an equally smaller part, evenly spread."""
    many = min(len(cases), max(at_least, len(seeds(len(cases)))))
    return [cases[index * len(cases) // many] for index in range(many)]


def rng_of(seed: int) -> np.random.Generator:
    """Returns a generator for a seed, and prints the seed."""
    print(f"{seed=}")
    return np.random.default_rng(seed)


def fixed_seeds(usual: int = ALL_SEEDS) -> Sequence[int]:
    """Returns the same seeds in each run, or only that of HEADRACE_SEED: for what holds with a probability."""
    return [int(CHOSEN)] if CHOSEN else seeds(usual)


def fresh_seed() -> int:
    """Returns a new seed in each run, or that of HEADRACE_SEED: for what holds for every seed."""
    seed = int(CHOSEN or np.random.default_rng().integers(2**31))
    print(f"HEADRACE_SEED={seed}")
    return seed
