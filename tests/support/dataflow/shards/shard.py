"""One shard of one entity type, fed by hand: takes events, returns rows as plain values.

>>> shard = Shard(definitions, "user_id", lambda marks: WallClock(lambda: now, marks))
>>> took = shard.take("orders", [{"user_id": "u1", "timestamp": 5}])
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from dataflows.compiler.inputs import source_inputs
from dataflows.compiler.program import TileLayouts
from dataflows.definitions.loader import Definitions
from dataflows.ingest.decoding.decoder import Decoder
from dataflows.ingest.partitioner import Partitioner, ShardBatch, WatermarkBroadcast
from dataflows.ingest.projection import Projection
from dataflows.rows.assembler import RowAssembler
from dataflows.state.base_snapshots import BaseSnapshot, BaseSnapshots
from dataflows.windows.clocks import Clock
from dataflows.windows.messages import Item, LateRows, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.operator import WindowOperator
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.oracle.event_facts import Event


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the shard; times are in ms."""

    entity: str
    as_of: int
    seq: int
    gone: bool
    warming: tuple[str, ...]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Took:
    """The result of a call: rows in order, and the events that came too late."""

    rows: list[Row]
    late: list[Event]


class Shard:
    """A shard of all entities of a type, new or from a snapshot and `loaded` bases; lists the bases it has `made`."""

    def __init__(
        self,
        definitions: Definitions,
        entity_id: str,
        clock_of: Callable[[Mapping[str, int]], Clock],
        snapshot: bytes | None = None,
        begun: int = 1,
        complete: bool = True,
        loaded: Mapping[bytes, bytes] = MappingProxyType({}),
    ) -> None:
        features = definitions.of_entity(entity_id)
        self.definitions, self.entity_id = definitions, entity_id
        self._routers = dict(_routers(definitions, entity_id))
        self._assembler = RowAssembler(features, 1)
        self.made: list[BaseSnapshot] = []
        bases = BaseSnapshots()
        bases.loaded |= loaded
        self.logic = WindowOperator(entity_id, TileLayouts(features), clock_of, begun, 0 if complete else begun, bases)(
            snapshot
        )

    def take(self, source: str, events: Sequence[Event], ended: bool = False) -> Took:
        """Applies one batch of a source."""
        return self._on([self.batch(source, events, ended)], events)

    def batch(self, source: str, events: Sequence[Event], ended: bool = False) -> ShardBatch:
        """Returns a batch as it crosses the exchange."""
        raw = raw_batch("0", events, None if events else 0)
        decoder, evaluator, router = self._routers[source]
        ((_, batch),) = router(evaluator(decoder(raw)))
        object.__setattr__(batch.cut.arrivals.batches[0], "ended", ended)
        return batch

    def notify(self) -> Took:
        """Fires the timer."""
        return self._took(self.logic.on_notify()[0], ())

    def refill(self) -> Took:
        """Emits every row again."""
        return self._on([ReemitAll(0)])

    def wake(self) -> Took:
        """Begins a run."""
        return self._on([RunStarted(0)])

    def snapshot(self) -> bytes:
        """Returns the shard as bytes."""
        return self.logic.snapshot()

    def _on(self, items: list[Item], events: Sequence[Event] = ()) -> Took:
        return self._took(self.logic.on_batch(items)[0], events)

    def _took(self, outcomes: Iterable[Outcome], events: Sequence[Event]) -> Took:
        rows: list[Row] = []
        late: list[Event] = []
        for outcome in outcomes:
            if isinstance(outcome, ShardRows):
                for _, assembled in self._assembler([("000", outcome)]):
                    rows += plain(assembled.frame)
            if isinstance(outcome, LateRows):
                late += [events[int(row)] for row in outcome.rows]
            if isinstance(outcome, BaseSnapshot):
                self.made.append(outcome)
        return Took(rows, late)


def plain(frame: pl.DataFrame) -> list[Row]:
    """Returns the rows of a frame as plain values; a TIMESTAMP is in ms."""
    times = [name for name, dtype in frame.schema.items() if dtype == pl.Datetime("ms", "UTC")]
    lists = [name for name, dtype in frame.schema.items() if dtype == pl.List(pl.Datetime("ms", "UTC"))]
    exprs = [pl.col(name).dt.epoch("ms") for name in times]
    exprs += [pl.col(name).cast(pl.List(pl.Int64)) for name in lists]
    return [
        Row(
            row.pop("_id"),
            row.pop("_as_of"),
            row.pop("_seq"),
            row.pop("_gone"),
            tuple((row.pop("_warming") or "").split(",")) if row["_warming"] else _none(row),
            row,
        )
        for row in frame.drop("_quarantined").with_columns(exprs).iter_rows(named=True)
    ]


def _none(row: dict[str, Any]) -> tuple[str, ...]:
    row.pop("_warming")
    return ()


def _routers(
    definitions: Definitions, entity_id: str
) -> Iterable[tuple[str, tuple[Decoder, Projection, Partitioner | WatermarkBroadcast]]]:
    feeds = source_inputs(definitions.of_entity(entity_id))
    for name, source in definitions.sources.items():
        feed = feeds.get(name)
        evaluator = Projection(source, [feed] if feed else [])
        key = source.entities.get(entity_id, "")
        router = Partitioner(key, feed, evaluator, 1, True) if feed else WatermarkBroadcast(1)
        yield name, (Decoder(source), evaluator, router)
