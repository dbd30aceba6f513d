"""Brute force: the value of every feature for an entity at a time, from the definition of a value alone.

DuckDB evaluates filters and value expressions, folds are written out over plain lists. Nothing here knows tiles,
partials or kernels, so agreement with the engine means something.
"""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence

from dataflows.definitions.loader import Definitions, Feature
from tests.support.oracle.aggregations import Expected, by_time, fold
from tests.support.oracle.declared_types import Scalar
from tests.support.oracle.derived_features import derive
from tests.support.oracle.equality import same
from tests.support.oracle.event_facts import Event, Fact, gather

__all__ = ["Expected", "History", "Oracle", "leaving", "same", "tables", "value_at"]


class History:
    """The values that the features of one entity took, to fold at any time."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._features = tuple(feature for feature in features if feature.expression is None)
        self._taken: dict[str, list[tuple[int, Scalar]]] = {f.feature_name: [] for f in self._features}

    def add(self, fact: Fact) -> None:
        for name in fact.taken.keys() & self._taken.keys():
            insort(self._taken[name], (fact.time, fact.taken[name]), key=by_time)

    def at(self, time: int) -> dict[str, Expected]:
        """Returns every windowed feature at `time` (ms); `derive` adds derived ones."""
        return {f.feature_name: fold(f, self._taken[f.feature_name], time) for f in self._features}

    def times(self, feature_name: str) -> list[int]:
        return [time for time, _ in self._taken[feature_name]]


class Oracle:
    """All events of all sources, read once; answers for any entity at any time."""

    def __init__(self, definitions: Definitions, events: Mapping[str, Sequence[Event]]) -> None:
        self.definitions = definitions
        self._histories: dict[tuple[str, str], History] = {}
        self.take(gather(definitions, [(source, event) for source, many in events.items() for event in many]))

    def take(self, facts: Iterable[Fact]) -> None:
        """Adds further events, in order of arrival."""
        names = {
            entity_id: {feature.feature_name for feature in self.definitions.of_entity(entity_id)}
            for entity_id in self.definitions.entity_ids
        }
        for fact in facts:
            for entity_id, entity in fact.keys.items():
                if names.get(entity_id, set()) & fact.taken.keys():
                    self._history(entity_id, entity).add(fact)

    def _history(self, entity_id: str, entity: str) -> History:
        if (entity_id, entity) not in self._histories:
            self._histories[entity_id, entity] = History(self.definitions.of_entity(entity_id))
        return self._histories[entity_id, entity]

    def entities(self, entity_id: str) -> list[str]:
        """Returns the entities of this type with an event that at least one feature took."""
        return sorted(entity for kind, entity in self._histories if kind == entity_id)

    def took(self, entity_id: str, entity: str) -> set[str]:
        """Returns the features that took some event of the entity."""
        features = self.definitions.of_entity(entity_id)
        history = self._history(entity_id, entity)
        return {f.feature_name for f in features if f.expression is None and history.times(f.feature_name)}

    def value_at(self, entity_id: str, entity: str, t: int) -> dict[str, Expected]:
        return self.values_at(entity_id, [(entity, t)])[0]

    def values_at(self, entity_id: str, points: Sequence[tuple[str, int]]) -> list[dict[str, Expected]]:
        """Returns the row of every (entity, time in ms), in the order given."""
        features = self.definitions.of_entity(entity_id)
        nothing = History(features)
        rows = [self._histories.get((entity_id, entity), nothing).at(t) for entity, t in points]
        return derive(features, rows)

    def boundaries(self, entity_id: str, entity: str) -> list[int]:
        """Returns every time (ms) at which a tile of the entity leaves a window, rising."""
        history, features = self._history(entity_id, entity), self.definitions.of_entity(entity_id)
        live = tables(features, history)
        return sorted(set().union(*(leaving(features, hop, tiles) for hop, tiles in live.items())))


def tables(features: Iterable[Feature], history: History) -> dict[int, set[int]]:
    """Returns the tiles by hop (ms): a table has a tile if one of its features took an event in it."""
    tiles: dict[int, set[int]] = {}
    for feature in features:
        if feature.window_ms:
            in_feature = {time // feature.hop_ms for time in history.times(feature.feature_name)}
            tiles.setdefault(feature.hop_ms, set()).update(in_feature)
    return tiles


def windows(features: Iterable[Feature], hop: int) -> set[int]:
    """Returns the windows (ms) of the table of this hop."""
    return {f.window_ms for f in features if f.window_ms and f.hop_ms == hop}


def leaving(features: Sequence[Feature], hop: int, tiles: Iterable[int]) -> set[int]:
    """Returns when these tiles leave the windows of their table (ms)."""
    return {(tile + 1) * hop + window for tile in tiles for window in windows(features, hop)}


def value_at(
    definitions: Definitions, events: Mapping[str, Sequence[Event]], entity_id: str, entity: str, t: int
) -> dict[str, Expected]:
    """Returns every feature of one entity at `t` (ms), from the events of every source.

    >>> value_at(definitions, {"orders": [{"user_id": "u1", ...}]}, "user_id", "u1", 1_767_225_600_000)
    """
    return Oracle(definitions, events).value_at(entity_id, entity, t)
