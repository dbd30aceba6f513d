"""Random numbers whose seed is printed when a test fails."""

import os

import numpy as np


def rng_of(seed: int) -> np.random.Generator:
    """The numbers of a seed."""
    print(f"{seed=}")
    return np.random.default_rng(seed)


def fresh_seed() -> int:
    """Another seed in each run, or the one of HEADRACE_SEED."""
    seed = int(os.environ.get("HEADRACE_SEED") or np.random.default_rng().integers(2**31))
    print(f"HEADRACE_SEED={seed}")
    return seed
