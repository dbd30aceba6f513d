"""Searches for small examples that break laws, with Hypothesis, which the extra `fuzz` installs."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions, Feature
from governance.checking.laws.catalogue import LAWS
from governance.checking.laws.engine import FeatureEngine, GeneratedEvent
from governance.checking.laws.event_pool import START_MS, TRIED, event_pool
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw

if TYPE_CHECKING:
    from hypothesis import settings
    from hypothesis import strategies as st

EventKind = tuple[str, dict[str, object]]
"""A source, and the columns of one of its events without the time."""
_MOST_EVENTS = 8
_LATER_MS = 3_600_000
_DAY_MS = 86_400_000
_TILES = 60


class NothingGenerated(HeadraceError):
    """No generated event counts for a feature, so none of its laws can be checked."""


@dataclass(frozen=True, slots=True)
class LawResult:
    """The verdict on a law of a feature; `broken` is the smallest counterexample."""

    feature: str
    law: str
    broken: BrokenLaw | None


def check_laws(
    feature: Feature, definitions: Definitions, laws: Iterable[str], seed: int, examples: int
) -> list[LawResult]:
    """Checks each law that applies to a feature, on `examples` examples of a seed. Raises NothingGenerated."""
    with FeatureEngine(feature, definitions) as engine:
        possible = _examples(engine, random.Random(f"{seed} {feature.feature_name}"))
        return [
            LawResult(feature.feature_name, name, _broken(engine, name, possible, seed, examples))
            for name in laws
            if LAWS[name].applies(engine)
        ]


def _broken(
    engine: FeatureEngine, law: str, possible: "st.SearchStrategy[FuzzExample]", seed: int, examples: int
) -> BrokenLaw | None:
    from hypothesis import find
    from hypothesis.errors import NoSuchExample

    def breaks(example: FuzzExample) -> bool:
        return LAWS[law].broken(engine, example) is not None

    chance = random.Random(f"{seed} {engine.feature.feature_name} {law}")
    try:
        counterexample = find(possible, breaks, settings=_settings(examples), random=chance)
    except NoSuchExample:
        return None
    return LAWS[law].broken(engine, _fewest(counterexample, breaks))


def _fewest(example: FuzzExample, breaks: Callable[[FuzzExample], bool]) -> FuzzExample:
    """Removes every event that can be left out; Hypothesis misses some where the number of events matters."""
    fewer = [example.without(number) for number in range(len(example.events)) if len(example.events) > 1]
    smaller = next(
        (candidate for candidate in [*fewer, *(candidate.each_alone for candidate in fewer)] if breaks(candidate)), None
    )
    return example if smaller is None else _fewest(smaller, breaks)


def _settings(examples: int) -> "settings":
    """Returns settings without files and time limit, so that a seed gives the same result on every machine.

    The phase that explains a counterexample is omitted: it traces every line, which takes a third of the time.
    """
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def _examples(engine: FeatureEngine, chance: random.Random) -> "st.SearchStrategy[FuzzExample]":
    from hypothesis import strategies as st

    kinds = st.sampled_from(_kinds(engine, chance))
    events = st.lists(st.builds(_event(engine), kinds, _times(engine)), min_size=1, max_size=_MOST_EVENTS)

    @st.composite
    def example(draw: "st.DrawFn") -> FuzzExample:
        chosen = tuple(draw(events))
        at = max(event.time_ms for event in chosen) + draw(st.integers(1, _LATER_MS))
        order = tuple(draw(st.permutations(range(len(chosen)))))
        cuts = draw(st.frozensets(st.integers(0, len(chosen) - 1), max_size=2))
        return FuzzExample(chosen, at, order, cuts)

    return example()


def _kinds(engine: FeatureEngine, chance: random.Random) -> list[EventKind]:
    """Returns the events to draw from, without their times. Raises NothingGenerated if none of them counts."""
    pools = {source: event_pool(engine, source, chance) for source in engine.sources}
    if not any(counted for _, counted in pools.values()):
        name = engine.feature.feature_name
        raise NothingGenerated(
            f"{name}: no law is checked, because none of {TRIED:,} generated events counts for it; "
            f"hint: headrace test --suggest {name} --entity ID"
        )
    return [(source, columns) for source, (pool, _) in pools.items() for columns in pool]


def _event(engine: FeatureEngine) -> Callable[[EventKind, int], GeneratedEvent]:
    return lambda kind, time_ms: engine.at(*kind, time_ms)


def _times(engine: FeatureEngine) -> "st.SearchStrategy[int]":
    """Generates times (ms) over two windows, mostly near the edge of a tile."""
    from hypothesis import strategies as st

    folded = [feature for feature in engine.needed if feature.expression is None]
    window = max(feature.window_ms for feature in folded) or _DAY_MS
    hop = min((feature.hop_ms for feature in folded if feature.hop_ms), default=_DAY_MS)
    first, last = -(-START_MS // hop) * hop, max(2 * window // hop, _TILES)
    tiles, beside = st.integers(0, last), st.sampled_from([0, 1, -1])
    edges = st.builds(lambda tile, off: first + tile * hop + off, tiles, beside)
    return st.one_of(edges, st.integers(first, first + 2 * window))
