"""Measures the cost of two sets of definitions side by side on the same generated events."""

import time
from collections.abc import Callable
from statistics import median

from dataflows.definitions import Definitions
from governance.changes.costs.driven_graph import DrivenGraph
from governance.changes.costs.made_up_events import SPAN_MS, EventMaker
from governance.changes.planning import Cost, CostChange

BATCHES, BATCH = 21, 2_000
SEED = 7


class CostMeasurement:
    """Feeds both sides alternately, so that a busy machine affects both. Kernels must be compiled."""

    def __init__(self, before: Definitions, after: Definitions, shards: int, now_ms: int) -> None:
        self._sides = [_Side(definitions, shards, now_ms) for definitions in (before, after)]

    def batches(self) -> list[Callable[[], None]]:
        """Returns the calls to make, in this order, before the result."""
        return [side.feed for _ in range(BATCHES) for side in self._sides]

    def result(self, retained: int | None, restart_s: float | None = None) -> CostChange:
        """Returns the cost of both; `retained` events would be replayed, `restart_s` is the time of a restart."""
        old, new = (side.cost() for side in self._sides)
        return CostChange(before=old, after=new, events=BATCHES * BATCH, retained=retained, restart_s=restart_s)


class _Side:
    """One set of definitions with its events, which differ from the other side's only where sources do."""

    def __init__(self, definitions: Definitions, shards: int, now_ms: int) -> None:
        used = {feature.source for feature in definitions.features if feature.source}
        self._graph = DrivenGraph(definitions, shards, now_ms)
        self._makers = {name: EventMaker(definitions.sources[name], definitions, SEED) for name in sorted(used)}
        self._entity_ids = definitions.entity_ids
        self._us = list[float]()

    def feed(self) -> None:
        """Feeds a batch of each source; together they count as one batch of events."""
        if not self._makers:
            return
        a_source = BATCH // len(self._makers)
        self._graph.now_ms += SPAN_MS
        batches = {name: maker.payloads(a_source, self._graph.now_ms) for name, maker in self._makers.items()}
        begun = time.process_time()
        for name, payloads in batches.items():
            self._graph.feed(name, payloads)
        self._us.append((time.process_time() - begun) / (a_source * len(batches)) * 1e6)

    def cost(self) -> Cost | None:
        """Returns the median of the batches except the first, which also creates the state; None without features."""
        if not self._us:
            return None
        graph, ids = self._graph, [entity for entity in self._entity_ids if self._graph.rows.get(entity)]
        return Cost(
            event_us=round(median(self._us[1:]), 2),
            state_bytes={entity: round(graph.state_bytes(entity) / graph.entities(entity)) for entity in ids},
            row_bytes={entity: round(graph.row_bytes[entity] / graph.rows[entity]) for entity in ids},
        )
