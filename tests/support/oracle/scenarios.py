"""Random definitions with a random stream over them, and checks of an answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions, Feature
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Left, Record
from tests.support.generators import random_streams
from tests.support.generators.random_streams import stamp
from tests.support.oracle.brute_force import Expected, Oracle, same
from tests.support.oracle.event_facts import Arrival, Event

DISORDERS = [0, 60_000, None]


@dataclass(frozen=True, slots=True)
class World:
    """Random definitions and a random stream in batches of one source each."""

    definitions: Definitions
    batches: list[list[Arrival]]
    rng: np.random.Generator

    @property
    def arrivals(self) -> list[Arrival]:
        """Returns the stream."""
        return [arrival for batch in self.batches for arrival in batch]

    @property
    def newest(self) -> int:
        """Returns the newest event time (ms)."""
        return max(newest(batch) for batch in self.batches)


def world(seed: int, folder: Path, rows: int, mean_rows: int) -> World:
    """Returns the world of a seed, and prints the seed."""
    disorder_ms = DISORDERS[seed % len(DISORDERS)]
    print(f"{seed=} {disorder_ms=}")
    rng = np.random.default_rng(seed)
    definitions = random_streams.definitions(rng, folder / f"specs-{seed}")
    arrivals = random_streams.stream(rng, rows, disorder_ms)
    cut = random_streams.batches(rng, arrivals, mean_rows)
    pure = [[a for a in batch if a[0] == source] for batch in cut for source in definitions.sources]
    return World(definitions, [batch for batch in pure if batch], rng)


def newest(batch: Iterable[Arrival]) -> int:
    """Returns the newest event time of a batch (ms) among events of some entity; 0 if there is none."""
    return max((stamp(event) for source, event in batch if _of_somebody(source, event)), default=0)


def _of_somebody(source: str, event: Event) -> bool:
    keys = ("user_id", "item_id") if source == "orders" else ("user_id",)
    return any(event.get(key) is not None for key in keys)


def partitions(made: World, many: int) -> dict[str, list[list[RawBatch]]]:
    """Deals the batches of each source out to its partitions, in order."""
    batches: dict[str, list[list[RawBatch]]] = {}
    for name in made.definitions.sources:
        batches[name] = [[] for _ in range(many)]
    for batch in made.batches:
        place = int(made.rng.integers(many))
        batches[batch[0][0]][place].append(raw_batch(str(place), [event for _, event in batch]))
    return batches


class HasEntity(Protocol):
    """A row of an entity."""

    @property
    def entity(self) -> str: ...


R = TypeVar("R", bound=HasEntity)


def by_entity(rows: Iterable[R]) -> dict[str, list[R]]:
    """Returns the rows of each entity, in order."""
    grouped: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        grouped[row.entity].append(row)
    return grouped


def wrong(features: Iterable[Feature], expected: Mapping[str, Expected], values: Mapping[str, object]) -> list[str]:
    """Returns the wrong values of features, with the expected ones."""
    return [
        f"{name}: {values[name]!r}, expected {expected[name]}"
        for name, value_type in ((feature.feature_name, feature.value_type) for feature in features)
        if not same(expected[name], values[name], value_type)
    ]


def steady(features: Sequence[Feature]) -> list[Feature]:
    """Returns the features whose value changes only with events and boundaries, unlike the time since the last
    event."""
    moving = {f.feature_name for f in features if f.aggregation == "time_since_last"}
    return [f for f in features if f.feature_name not in moving and not moving & set(f.reads)]


def taken(made: World, left: Left, entity_id: str) -> list[Arrival]:
    """Returns the arrivals without those too late for this entity type."""
    detail = f"no window of {entity_id} still contains"
    late = [letter["payload"] for letter in left.letters if letter["detail"].startswith(detail)]
    arrivals: list[Arrival] = []
    for source, event in made.arrivals:
        payload = random_streams.payloads([event])[0].decode()
        if payload in late:
            late.remove(payload)
        else:
            arrivals.append((source, event))
    assert not late
    return arrivals


def live_at(oracle: Oracle, entity_id: str, time: int) -> list[str]:
    """Returns the entities with an event in some window at a time (ms)."""
    features = oracle.definitions.of_entity(entity_id)
    lifetime = {f.feature_name for f in features if not f.window_ms and f.expression is None}
    return [
        entity
        for entity in oracle.entities(entity_id)
        if max(oracle.boundaries(entity_id, entity), default=0) > time or oracle.took(entity_id, entity) & lifetime
    ]


def complaints(made: World, left: Left, clock: int) -> list[str]:
    """Returns newest rows that differ from the value at `as_of`, rows of entities that should be gone, and missing
    rows."""
    texts: list[str] = []
    rows: dict[str, dict[str, Record]] = defaultdict(dict)
    for (entity_id, entity), record in left.newest().items():
        rows[entity_id][entity] = record
    for entity_id in made.definitions.entity_ids:
        oracle = Oracle(made.definitions, random_streams.by_source(taken(made, left, entity_id)))
        live = live_at(oracle, entity_id, clock)
        if sorted(live) != sorted(rows[entity_id]):
            texts.append(f"{entity_id}: {sorted(rows[entity_id])}, expected {sorted(live)}")
        texts += _complaints(oracle, entity_id, list(rows[entity_id].values()))
    return texts


def _complaints(oracle: Oracle, entity_id: str, rows: Sequence[Record]) -> list[str]:
    features = oracle.definitions.of_entity(entity_id)
    values = oracle.values_at(entity_id, [(row.entity, row.as_of) for row in rows])
    return [
        f"{entity_id} {row.entity} at {row.as_of}: {complaint}"
        for row, expected in zip(rows, values, strict=True)
        for complaint in wrong(features, expected, row.values)
    ]
