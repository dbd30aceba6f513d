"""Tests that features and profiles hash and estimate alike: a distinct count means the same in a value and its
report."""

import numpy as np
import pytest

from dataflows.kernels import sketches
from dataflows.kernels.strings import arrow_strings
from reports.profiling import hyperloglog
from reports.profiling import kernels as loops
from tests.support.generators.seeds import rng_of


@pytest.mark.parametrize("many", [0, 1, 40, 3_000, 50_000, 2_000_000])
def test_registers_are_estimated_alike(many: int) -> None:
    registers = hyperloglog.registers()
    for word in rng_of(many).integers(0, 2**64, many, np.uint64):
        loops.raise_register(registers, word)
    ranked = np.zeros(sketches.RANKS_SPAN, np.int64)
    ours = sketches._estimate(registers, hyperloglog.MANY, hyperloglog.RANKS, ranked)
    assert hyperloglog.estimate(registers) == pytest.approx(ours, rel=1e-12)
    assert ours == pytest.approx(many, rel=0.05)


def test_words_are_mixed_alike() -> None:
    words = rng_of(51).integers(0, 2**64, 1_000, np.uint64)
    ours = [int(arrow_strings.mixed(word)) for word in words]
    assert ours == np.array([loops.mixed(word) for word in words], np.uint64).view(np.int64).tolist()
    assert len(set(ours)) == len(set(words.tolist()))
