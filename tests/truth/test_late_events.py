"""Tests `--late refuse`: a replay refuses exactly the events that no window held any more when they were published.

Definitions and events are random; events are published late, in time, or within 1 ms of the end of their last window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from connectors.messages import RawBatch
from dataflows.definitions import Definitions, Feature
from dataflows.history import RowRequest
from tests.support.dataflow.history_runs import Question, replayed_history
from tests.support.dataflow.outputs import Left
from tests.support.generators.random_streams import payloads, stamp
from tests.support.generators.seeds import seeds
from tests.support.oracle.brute_force import Oracle, windows
from tests.support.oracle.event_facts import Arrival, Fact, gather
from tests.support.oracle.scenarios import World, world, wrong

REFUSING = RowRequest(topics=True, refuses_late=True)
LATE_DETAIL = "no window of {} still contains"


@dataclass(frozen=True, slots=True)
class Published:
    """A random stream and when its events were published (ms); `ends` are those of their last windows."""

    made: World
    facts: list[Fact]
    ends: list[dict[str, int]]
    times: list[int]

    def late(self, place: int, entity_id: str) -> bool:
        """Returns whether an event was late for an entity type."""
        return self.ends[place].get(entity_id, self.times[place] + 1) <= self.times[place]


def published(seed: int, folder: Path, rows: int) -> Published:
    made = world(seed, folder, rows, mean_rows=30)
    facts = gather(made.definitions, made.arrivals)
    ends = [
        {key: last_end(made.definitions, fact, key) for key in fact.keys if is_taken(made, fact, key)} for fact in facts
    ]
    times = [publish_time(made, arrival, some) for arrival, some in zip(made.arrivals, ends, strict=True)]
    return Published(made, facts, ends, times)


def is_taken(made: World, fact: Fact, entity_id: str) -> bool:
    return any(feature.feature_name in fact.taken for feature in made.definitions.of_entity(entity_id))


def last_end(definitions: Definitions, fact: Fact, entity_id: str) -> int:
    """Returns when an event leaves its last window of an entity type (ms)."""
    features = definitions.of_entity(entity_id)
    return max(end_of(features, fact, feature) for feature in features if feature.feature_name in fact.taken)


def end_of(features: Sequence[Feature], fact: Fact, feature: Feature) -> int:
    """Returns when the tile of an event leaves the longest window of a feature's tiles."""
    if not feature.window_ms:
        return 2**62
    return (fact.time // feature.hop_ms + 1) * feature.hop_ms + max(windows(features, feature.hop_ms))


def publish_time(made: World, arrival: Arrival, ends: dict[str, int]) -> int:
    """Returns a time after an event, or right before, at or after one of its ends."""
    delays = [0, 1, int(made.rng.exponential(7_200_000)), int(made.rng.exponential(172_800_000))]
    finite = [end for end in ends.values() if end < 2**62]
    near = [int(made.rng.choice(finite)) + int(made.rng.integers(-1, 2))] if finite else []
    return int(made.rng.choice([*(stamp(arrival[1]) + delay for delay in delays), *near]))


def batches(given: Published, many: int) -> dict[str, list[list[RawBatch]]]:
    """Deals the events out to partitions, in batches of a few events."""

    def batch(part: int, places: Sequence[int]) -> RawBatch:
        times = [given.times[place] for place in places]
        rows = payloads([given.made.arrivals[place][1] for place in places])
        return RawBatch(str(part), rows, min(times), max(times), str, arrived=times.__getitem__)

    cut: dict[str, list[list[RawBatch]]] = {}
    for source in given.made.definitions.sources:
        places = [place for place, arrival in enumerate(given.made.arrivals) if arrival[0] == source]
        parts = [places[part::many] for part in range(many)]
        cut[source] = [
            [batch(number, part[start : start + 7]) for start in range(0, len(part), 7)]
            for number, part in enumerate(parts)
        ]
    return cut


@pytest.mark.parametrize("seed", seeds())
def test_exactly_the_events_that_no_window_held_are_refused(tmp_path: Path, seed: int) -> None:
    given = published(seed, tmp_path, rows=300)
    left = replayed_history(given.made.definitions, batches(given, 2), tmp_path / "job", REFUSING)
    for entity_id in given.made.definitions.entity_ids:
        late = [place for place in range(len(given.times)) if given.late(place, entity_id)]
        expected = payloads([given.made.arrivals[place][1] for place in late])
        assert sorted(refused(left, entity_id)) == sorted(text.decode() for text in expected)
    assert refused(left, "user_id")


def refused(left: Left, entity_id: str) -> list[str]:
    """Returns the payloads that were late for an entity type."""
    detail = LATE_DETAIL.format(entity_id)
    letters = [letter for letter in left.letters if letter["reason"] == "late"]
    return [str(letter["payload"]) for letter in letters if str(letter["detail"]).startswith(detail)]


@pytest.mark.parametrize("seed", seeds())
def test_rows_are_those_without_the_refused_events(tmp_path: Path, seed: int) -> None:
    given = published(seed, tmp_path, rows=300)
    left = replayed_history(given.made.definitions, batches(given, 2), tmp_path / "job", REFUSING)
    for entity_id in given.made.definitions.entity_ids:
        oracle = Oracle(given.made.definitions, {})
        oracle.take(facts_on_time(given, entity_id))
        rows = [record for record in left.records if record.entity_id == entity_id]
        points: list[Question] = [(row.entity, row.as_of) for row in rows]
        features = given.made.definitions.of_entity(entity_id)
        for point, expected, row in zip(points, oracle.values_at(entity_id, points), rows, strict=True):
            assert wrong(features, expected, row.values) == [], (entity_id, *point)
        assert set(points) >= {
            (fact.keys[entity_id], fact.time + 1)
            for fact in facts_on_time(given, entity_id)
            if is_taken(given.made, fact, entity_id)
        }


def facts_on_time(given: Published, entity_id: str) -> list[Fact]:
    """Returns the events of an entity type that were not late for it."""
    return [
        replace(fact, keys={entity_id: fact.keys[entity_id]})
        for place, fact in enumerate(given.facts)
        if entity_id in fact.keys and not given.late(place, entity_id)
    ]
