"""Holds what the steps of the graph call: adapters between the engine's streams and the packages that do the work."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from connectors.messages import Outgoing, RawBatch
from connectors.redis.endpoints import FirstItem
from dataflows.ingest import Decoder, EventBatch, coalesce, shard_key
from dataflows.metrics import EVENTS, ROWS, VALUE_NULLS
from dataflows.rows import FeatureRows, RowAssembler, ValidatedRows, dead_letters
from dataflows.run import Run
from dataflows.state import BaseSnapshot
from dataflows.windows import Item, LateRows, Outcome, ReemitAll, RunStarted, ShardRows


def decoded(decoder: Decoder, run: Run) -> Callable[[list[RawBatch]], Iterator[EventBatch]]:
    """Creates the decode step. In a replay batches stay separate, because its clock advances by partition."""
    most = 0 if run.everywhere else run.most_together

    def decode_batches(batches: list[RawBatch]) -> Iterator[EventBatch]:
        for merged in coalesce(batches, most):
            events = decoder(*merged)
            EVENTS.labels(events.source).inc(len(events.times))
            yield events

    return decode_batches


def keyed(
    letters: Callable[[EventBatch], Iterable[Outgoing]],
) -> Callable[[EventBatch], Iterator[tuple[str, Outgoing]]]:
    """Keys the dead letters of a batch for their single writer."""
    return lambda events: (("0", letter) for letter in letters(events))


def to_every_shard(run: Run) -> Callable[[Any], Iterator[tuple[str, Item]]]:
    """Turns a signal of the run into an item for every shard."""

    def wake(signal: Any) -> Iterator[tuple[str, Item]]:
        item: Item = RunStarted(run.now()) if isinstance(signal, FirstItem) else ReemitAll(run.now())
        return ((shard_key(shard), item) for shard in range(run.shards))

    return wake


def rows_of(
    entity_id: str, assembler: RowAssembler
) -> Callable[[list[tuple[str, Outcome]]], Iterable[tuple[str, FeatureRows]]]:
    """Creates the step that assembles typed rows from shard outcomes and counts the values that became null."""

    def assemble(outcomes: list[tuple[str, Outcome]]) -> Iterator[tuple[str, FeatureRows]]:
        shards = [(shard, rows) for shard, rows in outcomes if isinstance(rows, ShardRows)]
        for partition, rows in assembler(shards):
            ROWS.labels(entity_id).inc(len(rows.frame))
            for nulled in rows.nulled:
                VALUE_NULLS.labels(nulled.feature, nulled.why).inc(nulled.values)
            yield partition, rows

    return assemble


def late_of(outcomes: list[tuple[str, Outcome]]) -> list[LateRows]:
    """Selects the late events among the outcomes of shards."""
    return [outcome for _, outcome in outcomes if isinstance(outcome, LateRows)]


def withheld(item: tuple[str, ValidatedRows]) -> Iterator[tuple[str, Outgoing]]:
    """Yields the dead letters of quarantined values."""
    if item[1].quarantined:
        yield "0", dead_letters.of_quarantined(item[1])


def whole_snapshot(outcome: Outcome) -> BaseSnapshot | None:
    """Returns the outcome if it is a shard's full snapshot, else None."""
    return outcome if isinstance(outcome, BaseSnapshot) else None
