"""Drives the live steps from payloads to Redis rows by hand: reads nothing, writes nothing."""

from collections.abc import Iterator, Sequence

import polars as pl

from connectors.messages import RawBatch
from connectors.redis.endpoints import HashWrites
from dataflows.compiler import TileLayouts, source_inputs
from dataflows.definitions import Definitions, Source
from dataflows.ingest import Decoder, Partitioner, Projection
from dataflows.rows import HashEncoder, RowAssembler
from dataflows.state import BaseSnapshot
from dataflows.windows import Item, Outcome, ShardLogic, ShardRows, WallClock, WindowOperator

_PREFIX = "headrace"


class DrivenGraph:
    """The steps of some definitions at `now_ms`, which may be advanced; `bases` are the snapshots of its shards.

    Rows are dropped, after encoding unless `encode` is off.
    """

    def __init__(self, definitions: Definitions, shards: int, now_ms: int, *, encode: bool = True) -> None:
        self.events, self.rows, self.row_bytes = 0, dict[str, int](), dict[str, int]()
        self.logics: dict[tuple[str, str], ShardLogic] = {}
        self.bases: dict[str, BaseSnapshot] = {}
        self.now_ms, self._encode = now_ms, encode
        self._decoders = {name: Decoder(source) for name, source in definitions.sources.items()}
        self._routes = {name: _routes(source, definitions, shards) for name, source in definitions.sources.items()}
        of_entities = {entity: definitions.of_entity(entity) for entity in definitions.entity_ids}
        self._windows = {
            entity: WindowOperator(
                entity, TileLayouts(features), lambda marks: WallClock(lambda: self.now_ms, marks), 0, 0
            )
            for entity, features in of_entities.items()
        }
        self._rows = {entity: RowAssembler(features, 1) for entity, features in of_entities.items()}
        self._hashes = {
            entity: HashEncoder(_PREFIX, features, definitions.fingerprint) for entity, features in of_entities.items()
        }

    def feed(self, source: str, payloads: list[bytes]) -> None:
        """Passes one batch through all steps."""
        raw = RawBatch("memory", payloads, self.now_ms, self.now_ms, str)
        evaluator, routers = self._routes[source]
        evaluated = evaluator(self._decoders[source](raw))
        self.events += len(payloads)
        for entity, router in routers.items():
            outcomes = [outcome for shard, item in router(evaluated) for outcome in self._folded(entity, shard, item)]
            if self._encode:
                self._write(entity, outcomes)

    def keyed(self) -> Iterator[tuple[str, ShardLogic]]:
        """Yields every shard under a unique name."""
        for (entity, shard), logic in self.logics.items():
            yield f"{entity}/{shard}", logic

    def entities(self, entity_id: str) -> int:
        """Returns the number of entities of a type with state."""
        return sum(logic.tiles.entities for (of, _), logic in self.logics.items() if of == entity_id)

    def state_bytes(self, entity_id: str) -> int:
        """Returns the state of all entities of a type (bytes)."""
        return sum(logic.tiles.size for (of, _), logic in self.logics.items() if of == entity_id)

    def _folded(self, entity: str, shard: str, item: Item) -> Iterator[tuple[str, Outcome]]:
        if (entity, shard) not in self.logics:
            self.logics[entity, shard] = self._windows[entity](None)
        for outcome in self.logics[entity, shard].on_batch([item])[0]:
            if isinstance(outcome, BaseSnapshot):
                self.bases[f"{entity}/{shard}"] = outcome
            else:
                yield shard, outcome

    def _write(self, entity: str, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        shards = [(shard, rows) for shard, rows in outcomes if isinstance(rows, ShardRows)]
        for _, rows in self._rows[entity](shards):
            writes = self._hashes[entity](rows)
            self.rows[entity] = self.rows.get(entity, 0) + len(writes.keys)
            self.row_bytes[entity] = self.row_bytes.get(entity, 0) + _size(writes)


def _size(writes: HashWrites) -> int:
    """Returns the size of keys, names and values, without Redis' own overhead."""
    order = [writes.as_of.cast(pl.String).alias("_as_of"), writes.seq.cast(pl.String).alias("_seq")]
    fields = [*order, *writes.fields.get_columns()]
    values = sum(int(text.str.len_bytes().sum()) for text in (writes.keys, *fields))
    return values + sum(len(text.name) * (len(text) - text.null_count()) for text in fields)


def _routes(source: Source, definitions: Definitions, shards: int) -> tuple[Projection, dict[str, Partitioner]]:
    feeds = {
        entity: feed
        for entity in definitions.entity_ids
        if (feed := source_inputs(definitions.of_entity(entity)).get(source.name))
    }
    evaluator = Projection(source, feeds.values())
    routers = {
        entity: Partitioner(source.entities[entity], feed, evaluator, shards, everywhere=False)
        for entity, feed in feeds.items()
    }
    return evaluator, routers
