"""Tests history: rows and answers equal brute force, for any partitions and batches."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.messages import RawBatch
from dataflows.aggregations import AGGREGATIONS
from tests.support.dataflow.history_runs import Question, answered, replayed_history
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Record
from tests.support.generators.random_streams import by_source, payloads, stamp
from tests.support.generators.seeds import seeds
from tests.support.oracle.aggregations import FOLDS
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.event_facts import Arrival, gather
from tests.support.oracle.scenarios import World, live_at, partitions, world, wrong


def assert_right(
    oracle: Oracle, entity_id: str, points: Sequence[Question], values: Sequence[dict[str, object]]
) -> None:
    """Checks every row of values against brute force for its entity and time."""
    features = oracle.definitions.of_entity(entity_id)
    for point, expected, row in zip(points, oracle.values_at(entity_id, points), values, strict=True):
        assert wrong(features, expected, row) == [], (entity_id, *point)


def test_the_seeds_have_every_aggregation(tmp_path: Path) -> None:
    """Over both sources, with lifetime windows and derived features."""
    features = [feature for seed in range(9) for feature in world(seed, tmp_path, 20, 5).definitions.features]
    assert {feature.aggregation for feature in features} == {None, *AGGREGATIONS} == {None, *FOLDS}
    assert {feature.source for feature in features} == {None, "orders", "logins"}
    assert any(feature.expression is None and not feature.window_ms for feature in features)


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds())
def test_every_row_of_a_replay_is_its_value_at_as_of(tmp_path: Path, seed: int) -> None:
    """Also where the events of an entity are in several partitions; nothing is late, entities that left are gone."""
    made = world(seed, tmp_path, rows=400, mean_rows=30)
    left = replayed_history(made.definitions, partitions(made, 3), tmp_path / "job")
    oracle = Oracle(made.definitions, by_source(made.arrivals))
    assert {letter["reason"] for letter in left.letters} <= {"no_entity"}
    for entity_id in made.definitions.entity_ids:
        rows = [record for record in left.records if record.entity_id == entity_id]
        assert_right(oracle, entity_id, [(row.entity, row.as_of) for row in rows], [row.values for row in rows])
        assert sorted(live_at(oracle, entity_id, made.newest)) == sorted(
            entity for kind, entity in left.newest() if kind == entity_id
        )
        assert {(row.entity, row.as_of) for row in rows} == changes(oracle, made, entity_id)


def changes(oracle: Oracle, made: World, entity_id: str) -> set[Question]:
    """Returns when the row of each entity changes: after its events, and at boundaries up to the newest event."""
    questions, newest = set(), made.newest
    for entity in oracle.entities(entity_id):
        times = event_times(oracle, entity_id, entity)
        questions |= {(entity, time + 1) for time in times}
        questions |= {(entity, boundary) for boundary in oracle.boundaries(entity_id, entity) if boundary <= newest}
    return questions


def event_times(oracle: Oracle, entity_id: str, entity: str) -> set[int]:
    """Returns the times of the events that some feature of an entity took."""
    history = oracle._history(entity_id, entity)
    features = [f for f in oracle.definitions.of_entity(entity_id) if f.expression is None]
    return {time for feature in features for time in history.times(feature.feature_name)}


@pytest.mark.parametrize("seed", seeds())
def test_the_store_ends_with_the_last_row_of_each_entity(tmp_path: Path, seed: int) -> None:
    made = world(seed, tmp_path, rows=400, mean_rows=30)
    left = replayed_history(made.definitions, partitions(made, 2), tmp_path / "job")
    ends = {(f"{key.split(':')[1]}_id", key.split(":", 2)[2]): fields for key, fields in left.hashes().items()}
    assert {key: (int(fields["_as_of"]), int(fields["_seq"])) for key, fields in ends.items()} == {
        key: (row.as_of, row.seq) for key, row in left.newest().items()
    }
    assert sum(len(writes.keys) for _, writes in left.writes) <= len(
        {(record.entity_id, record.entity) for record in left.records}
    )


@pytest.mark.parametrize("seed", seeds())
def test_rows_do_not_depend_on_partitions_and_batches(tmp_path: Path, seed: int) -> None:
    made = world(seed, tmp_path, rows=300, mean_rows=30)
    of_one = replayed_history(made.definitions, recut(made, 1, 1_000), tmp_path / "one").records
    many = replayed_history(made.definitions, recut(made, 3, 7), tmp_path / "many").records
    assert by_place(of_one) == by_place(many)


def recut(made: World, many: int, rows: int) -> dict[str, list[list[RawBatch]]]:
    """Deals the stream of each source out to partitions, in batches of so many rows."""
    cut: dict[str, list[list[RawBatch]]] = {}
    for source in made.definitions.sources:
        events = [event for of, event in made.arrivals if of == source]
        parts = [events[part::many] for part in range(many)]
        cut[source] = [
            [raw_batch(str(number), part[start : start + rows]) for start in range(0, len(part), rows)]
            for number, part in enumerate(parts)
        ]
    return cut


def by_place(rows: Sequence[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row.entity_id, row.entity, row.as_of))


def questions(oracle: Oracle, made: World, entity_id: str, many: int) -> list[Question]:
    """Returns questions at random, at event times and around them, at boundaries; also about an unknown entity."""
    asked, newest = [], made.newest
    for entity in [*oracle.entities(entity_id), "nobody"]:
        times = sorted(event_times(oracle, entity_id, entity)) if entity != "nobody" else [newest]
        known = [*times, *oracle.boundaries(entity_id, entity)] if entity != "nobody" else times
        near = [time + off for time in made.rng.choice(known, many).tolist() for off in (-1, 0, 1)]
        anywhere = made.rng.integers(times[0] - 1_000, newest + 90_000_000, many).tolist()
        asked += [(entity, int(time)) for time in [*near, *anywhere]]
    return [asked[place] for place in made.rng.permutation(len(asked))]


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds())
def test_answers_are_those_of_brute_force(tmp_path: Path, seed: int) -> None:
    made = world(seed, tmp_path, rows=400, mean_rows=30)
    oracle = Oracle(made.definitions, by_source(made.arrivals))
    for entity_id in made.definitions.entity_ids:
        asked = questions(oracle, made, entity_id, 12)
        answers = answered(made.definitions, partitions(made, 2), tmp_path / entity_id, entity_id, asked)["true"]
        assert_right(oracle, entity_id, asked, answers.drop("row").to_dicts())


@pytest.mark.parametrize("lag_ms", [0, 60_000])
@pytest.mark.parametrize("seed", seeds())
def test_known_answers_count_what_had_arrived(tmp_path: Path, seed: int, lag_ms: int) -> None:
    """An event is known after its publishing and the lag."""
    made = world(seed, tmp_path, rows=150, mean_rows=30)
    published = {id(event): stamp(event) + int(made.rng.exponential(7_200_000)) for _, event in made.arrivals}
    facts = gather(made.definitions, made.arrivals)
    oracle = Oracle(made.definitions, {})
    oracle.take(facts)
    for entity_id in made.definitions.entity_ids:
        asked = questions(oracle, made, entity_id, 2)
        answers = answered(made.definitions, timed(made, published), tmp_path / entity_id, entity_id, asked, lag_ms)[
            "known"
        ]
        for point, row in zip(asked, answers.drop("row").to_dicts(), strict=True):
            known = Oracle(made.definitions, {})
            known.take(fact for fact in facts if published[id(fact.arrival[1])] + lag_ms <= point[1])
            assert_right(known, entity_id, [point], [row])


def timed(made: World, published: dict[int, int]) -> dict[str, list[list[RawBatch]]]:
    """Returns one batch per source whose payloads know when they were published."""

    def batch(arrivals: list[Arrival]) -> RawBatch:
        times = [published[id(event)] for _, event in arrivals]
        return RawBatch(
            "0", payloads([event for _, event in arrivals]), min(times), max(times), str, arrived=times.__getitem__
        )

    return {source: [[batch([a for a in made.arrivals if a[0] == source])]] for source in made.definitions.sources}
