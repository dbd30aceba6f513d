"""Draws one of several options like numpy's `Generator.choice`, from the same random numbers, several times as fast."""

from bisect import bisect
from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np

Option = TypeVar("Option")


def one_of(rng: np.random.Generator, options: Sequence[Option]) -> Option:
    """Returns one of the options, each with the same probability."""
    return options[int(rng.integers(len(options)))]


class Weighted(Generic[Option]):
    """Options with their probabilities."""

    def __init__(self, options: Sequence[Option], probabilities: Sequence[float]) -> None:
        up_to = np.cumsum(probabilities)
        self._options, self._up_to = options, (up_to / up_to[-1]).tolist()

    def __call__(self, rng: np.random.Generator) -> Option:
        return self._options[bisect(self._up_to, rng.random())]
