"""Defines laws, and the way one is broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dataflows.definition_tests import same
from dataflows.definitions import EXACT
from governance.checking.laws.engine import FeatureEngine, GeneratedEvent
from governance.checking.laws.example import FuzzExample

_SQUARED = frozenset({"var"})


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A counterexample to a law: as a test, `events` in order must yield `expected` at a time (ms)."""

    events: tuple[GeneratedEvent, ...]
    at: int
    expected: Any
    detail: str


class Law(Protocol):
    """A rule that holds for every definition that it applies to."""

    @property
    def says(self) -> str:
        """Words the law in one sentence."""

    def applies(self, engine: FeatureEngine) -> bool:
        """Returns whether a feature must keep it."""

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Returns how an example breaks it; None if it does not."""


def near(expected: Any, actual: Any, engine: FeatureEngine, events: Sequence[GeneratedEvent]) -> bool:
    """Returns whether two values are equal, reals up to the rounding of the folded values."""
    if same(expected, actual, EXACT):
        return True
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = zip(expected, actual, strict=False)
        return len(expected) == len(actual) and all(near(left, right, engine, events) for left, right in pairs)
    if isinstance(expected, float) and isinstance(actual, float):
        return abs(expected - actual) <= EXACT * _magnitude(engine, events)
    return False


def compared(
    expected: Any, actual: Any, engine: FeatureEngine, events: Sequence[GeneratedEvent], at: int, claim: str
) -> BrokenLaw | None:
    """Returns the broken law if a value differs from the expected one."""
    if near(expected, actual, engine, events):
        return None
    return BrokenLaw(tuple(events), at, expected, f"{claim}: {actual!r} instead of {expected!r}")


def reach_ms(engine: FeatureEngine) -> int | None:
    """Returns how far back (ms) a value can see at most, including the tail of its windows; None without an end."""
    folded = [feature for feature in engine.needed if feature.expression is None]
    if any(not feature.window_ms for feature in folded):
        return None
    return max(feature.window_ms for feature in folded) + max(feature.hop_ms for feature in folded)


def _magnitude(engine: FeatureEngine, events: Sequence[GeneratedEvent]) -> float:
    scale = engine.scale(events)
    squared = any(feature.aggregation in _SQUARED for feature in engine.needed)
    return max(scale, scale * scale) if squared else scale
