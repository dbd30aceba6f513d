"""Searches for examples that break laws, and makes them small: by Hypothesis, which the extra `fuzz` installs."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from dataflows.definitions import Definitions, Feature
from governance.laws.catalogue import LAWS
from governance.laws.engine import FeatureEngine, GeneratedEvent
from governance.laws.event_strategies import columns_of, times_of
from governance.laws.example import FuzzExample
from governance.laws.law import BrokenLaw

_MOST_EVENTS = 8
_LATER_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class LawResult:
    """Whether a feature keeps a law; `broken` is the smallest counterexample."""

    feature: str
    law: str
    broken: BrokenLaw | None


def check_laws(
    feature: Feature, definitions: Definitions, laws: Iterable[str], seed: int, examples: int
) -> Iterable[LawResult]:
    """The result of each law that applies to a feature, on so many examples of a seed."""
    with FeatureEngine(feature, definitions) as engine:
        possible = _examples(engine)
        for name in laws:
            if LAWS[name].applies(engine):
                chance = random.Random(f"{seed} {feature.feature_name} {name}")
                yield LawResult(feature.feature_name, name, _broken(engine, name, possible, chance, examples))


def _broken(
    engine: FeatureEngine, law: str, possible: st.SearchStrategy[FuzzExample], chance: random.Random, examples: int
) -> BrokenLaw | None:
    def breaks(example: FuzzExample) -> bool:
        return LAWS[law].broken(engine, example) is not None

    try:
        found = find(possible, breaks, settings=_settings(examples), random=chance)
    except NoSuchExample:
        return None
    return LAWS[law].broken(engine, _fewest(found, breaks))


def _fewest(example: FuzzExample, breaks: Callable[[FuzzExample], bool]) -> FuzzExample:
    """Without every event that can be left out: what depends on how many there are hides that from Hypothesis."""
    fewer = (example.without(number) for number in range(len(example.events)) if len(example.events) > 1)
    found = next((one for one in fewer if breaks(one)), None)
    return example if found is None else _fewest(found, breaks)


def _settings(examples: int) -> settings:
    """No files, no time limit: a seed gives the same on every machine."""
    return settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def _examples(engine: FeatureEngine) -> st.SearchStrategy[FuzzExample]:
    times, sources = times_of(engine), {name: columns_of(engine, name) for name in engine.sources}

    @st.composite
    def event(draw: st.DrawFn) -> GeneratedEvent:
        source = draw(st.sampled_from(sorted(sources)))
        columns, time = draw(sources[source]), draw(times)
        return engine.at(source, columns, time)

    @st.composite
    def example(draw: st.DrawFn) -> FuzzExample:
        events = tuple(draw(st.lists(event(), min_size=1, max_size=_MOST_EVENTS)))
        at = max(one.time_ms for one in events) + draw(st.integers(1, _LATER_MS))
        order = tuple(draw(st.permutations(range(len(events)))))
        cuts = draw(st.frozensets(st.integers(0, len(events) - 1), max_size=2))
        return FuzzExample(events, at, order, cuts)

    return example()
