"""Simulates the rows that a run must leave, one event at a time: batches, a clock, boundaries, late events.

Takes one stream in order of arrival. Values come from brute force over the events taken, boundaries from the live
tiles; nothing is shared with the engine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dataflows.definitions.loader import Definitions, Feature
from tests.support.oracle.aggregations import Expected
from tests.support.oracle.brute_force import History, leaving, windows
from tests.support.oracle.derived_features import derive
from tests.support.oracle.event_facts import Arrival, Fact, gather

NEVER = -(2**63)
LIFETIME = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One expected row: `gone` if the last tile of the entity left its last window at `as_of` (ms)."""

    entity_id: str
    entity: str
    as_of: int
    values: dict[str, Expected]
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """An event that every window of an entity had already left when it came."""

    entity_id: str
    entity: str
    arrival: Arrival


@dataclass(slots=True)
class _Entity:
    """The state of one entity: the events taken, the live tiles by hop, the boundaries after its last row."""

    entity_id: str
    entity: str
    features: tuple[Feature, ...]
    history: History
    tiles: dict[int, set[int]] = field(default_factory=dict)
    as_of: int = NEVER
    ahead: set[int] = field(default_factory=set)

    def row(self, gone: bool = False) -> Row:
        self.ahead = {boundary for boundary in self.ahead if boundary > self.as_of}
        return Row(self.entity_id, self.entity, self.as_of, self.history.at(self.as_of), gone)

    def leave(self, until: int) -> Iterable[Row]:
        """Yields the boundary rows up to and including `until` (ms), rising."""
        for boundary in sorted(b for b in self.ahead if b <= until):
            self.as_of = boundary
            self._drop()
            yield self.row(gone=not self.tiles)

    def _drop(self) -> None:
        for hop in [hop for hop in self.tiles if hop != LIFETIME]:
            longest = max(windows(self.features, hop))
            live = {tile for tile in self.tiles[hop] if (tile + 1) * hop + longest > self.as_of}
            self.tiles[hop] = live
            if not live:
                del self.tiles[hop]

    def retains(self, hops: Iterable[int], time: int, now: int) -> bool:
        """Returns whether any window of these tables still holds the tile of `time` at `now` (ms)."""
        return any(hop == LIFETIME or max(leaving(self.features, hop, [time // hop])) > now for hop in hops)

    def take(self, fact: Fact, hops: Iterable[int]) -> None:
        self.as_of = max(self.as_of, fact.time + 1)
        self.history.add(fact)
        for hop in hops:
            tile, tiles = fact.time // hop if hop else 0, self.tiles.setdefault(hop, set())
            if hop != LIFETIME and tile not in tiles:
                self.ahead |= {b for b in leaving(self.features, hop, [tile]) if b > self.as_of}
            tiles.add(tile)


class Simulator:
    """A run over one stream: `apply` batches, then `advance` the clock (ms); each returns the expected rows.

    Within a batch events are taken in order of arrival, or by rising time with `by_time`. `late` collects what no
    window retained. A forgotten entity that returns starts afresh, with an `as_of` no older than the newest boundary at
    which an entity of its type left (so this simulates a run with a single shard).

    >>> simulator = Simulator(definitions, clock=0)
    >>> rows = simulator.apply([("orders", {"user_id": "u1", "timestamp": 5})]) + simulator.advance(6)
    """

    def __init__(self, definitions: Definitions, clock: int, by_time: bool = False) -> None:
        self.definitions, self.clock = definitions, clock
        self.late: list[Late] = []
        self._by_time = by_time
        self._entities: dict[tuple[str, str], _Entity] = {}
        self._floors: dict[str, int] = {}

    def apply(self, batch: Sequence[Arrival]) -> list[Row]:
        """Returns the boundary rows that events of the batch passed, then one row for every entity it touched."""
        facts = gather(self.definitions, batch)
        rows: list[Row] = []
        touched: dict[tuple[str, str], None] = {}
        for fact in sorted(facts, key=lambda fact: fact.time) if self._by_time else facts:
            for key in fact.keys.items():
                rows += self._take(key, fact, touched)
        return self._derived([*rows, *(self._entities[key].row() for key in touched)])

    def advance(self, clock: int) -> list[Row]:
        """Returns the boundary rows up to the new clock (which never goes back), entity by entity."""
        self.clock = max(self.clock, clock)
        rows = [row for key in sorted(self._entities) for row in self._entities[key].leave(self.clock)]
        for entity_id in self.definitions.entity_ids:
            left = [row.as_of for row in rows if row.gone and row.entity_id == entity_id]
            self._floors[entity_id] = max([self._floors.get(entity_id, NEVER), *left])
        self._entities = {key: entity for key, entity in self._entities.items() if entity.tiles}
        return self._derived(rows)

    def run(self, batches: Iterable[tuple[Sequence[Arrival], int]]) -> list[Row]:
        """Returns all rows of (batch, clock after it) pairs."""
        return [row for batch, clock in batches for row in [*self.apply(batch), *self.advance(clock)]]

    def _take(self, key: tuple[str, str], fact: Fact, touched: dict[tuple[str, str], None]) -> list[Row]:
        features = self.definitions.of_entity(key[0])
        hops = {f.hop_ms if f.window_ms else LIFETIME for f in features if f.feature_name in fact.taken}
        floor = self._floors.get(key[0], NEVER)
        entity = self._entities.get(key) or _Entity(*key, features, History(features), as_of=floor)
        if not hops:
            return []
        if not entity.retains(hops, fact.time, max(self.clock, entity.as_of)):
            self.late.append(Late(*key, fact.arrival))
            return []
        rows = list(entity.leave(fact.time))
        entity.take(fact, hops)
        self._entities[key] = entity
        touched[key] = None
        return rows

    def _derived(self, rows: Sequence[Row]) -> list[Row]:
        by_place: dict[int, Row] = {}
        for entity_id in self.definitions.entity_ids:
            places = [place for place, row in enumerate(rows) if row.entity_id == entity_id]
            features = self.definitions.of_entity(entity_id)
            values = derive(features, [rows[place].values for place in places])
            for place, value in zip(places, values, strict=True):
                row = rows[place]
                by_place[place] = Row(row.entity_id, row.entity, row.as_of, value, row.gone)
        return [by_place[place] for place in sorted(by_place)]
