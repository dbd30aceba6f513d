"""Random numbers whose seed is printed when a test fails."""

import numpy as np


def rng_of(seed: int) -> np.random.Generator:
    """The numbers of a seed."""
    print(f"{seed=}")
    return np.random.default_rng(seed)
