"""Tests that the kernel reads doubles as Python reads them, to the last bit."""

import numpy as np

from dataflows.definitions.model.source import SourceSpec, source_of
from dataflows.ingest import EventLimits
from dataflows.ingest.decoding.plain_events import PlainEventReader
from tests.support.factories.definitions import ORDERS
from tests.support.generators.seeds import fresh_seed


def doubles(texts: list[str]) -> tuple[list[float], list[bool]]:
    """Returns the doubles that the kernel reads, and which of the texts it reads."""
    source = SourceSpec.model_validate({**ORDERS, "required": []})
    read = PlainEventReader(source_of(source), EventLimits())([f'{{"amount":{text}}}'.encode() for text in texts])
    return read.frame["amount"].to_list(), read.plain.tolist()


def halfway(chance: np.random.Generator) -> str:
    """Returns a number in the middle between two doubles, or one beside it."""
    bits = int(chance.integers(9))
    middle = (int(chance.integers(2**52, 2**53)) << bits + 1) + (1 << bits)
    return str(middle + int(chance.integers(-1, 2)))


def test_doubles_are_rounded_as_python_rounds_them() -> None:
    chance = np.random.default_rng(fresh_seed())
    bits = chance.integers(0, 2**63, 20_000).view(np.float64)
    texts = [repr(float(number)) for number in bits[np.isfinite(bits)]]
    texts += [f"{number:.{digits}e}" for digits in range(19) for number in chance.normal(size=500) * 1e3]
    texts += [f"{chance.integers(10**18)}e{exponent}" for exponent in range(-330, 309) for _ in range(9)]
    texts += [f"{chance.integers(10**9)}.{chance.integers(10**9):09}" for _ in range(5_000)]
    texts += [halfway(chance) for _ in range(5_000)]
    read, plain = doubles(texts)
    assert np.mean(plain) > 0.9
    assert read == [float(text) for text, is_plain in zip(texts, plain, strict=True) if is_plain]
