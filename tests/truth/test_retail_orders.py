"""Tests half a million real order lines through the whole dataflow, against SQL over the same lines."""

from collections.abc import Iterator, Sequence

import polars as pl
import pytest

from benchmarks import w12
from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions
from tests.support.dataflow.outputs import Left, Record
from tests.support.dataflow.runs import replayed
from tests.support.factories.topics import retail_orders
from tests.support.generators.seeds import seeds
from tests.support.oracle import retail_sql
from tests.support.oracle.scenarios import wrong

ROWS_A_BATCH = 5_000
SAMPLES = len(seeds(10_000))
ENTITIES = ("user_id", "item_id")


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    """Returns all order lines by time."""
    return retail_orders.events()


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """Returns twelve features and every other aggregation."""
    return w12.more()


@pytest.fixture(scope="module")
def left(definitions: Definitions, events: pl.DataFrame) -> Left:
    """Returns what a replay of all lines writes."""
    return replayed(definitions, {"orders": [list(batches(events))]})


def batches(events: pl.DataFrame) -> Iterator[RawBatch]:
    """Yields the lines as they are on their topic."""
    for part in events.iter_slices(ROWS_A_BATCH):
        newest = int(part["timestamp"].to_numpy().max())
        yield RawBatch("0", retail_orders.payloads(part), newest, newest, str)


def mismatches(definitions: Definitions, events: pl.DataFrame, entity_id: str, rows: Sequence[Record]) -> Iterator[str]:
    """Yields rows that differ from their value at `as_of`."""
    oracle = retail_sql.RetailOracle(definitions, events)
    expected = oracle.values_at(entity_id, [(row.entity, row.as_of) for row in rows])
    for row, values in zip(rows, expected, strict=True):
        for complaint in wrong(definitions.of_entity(entity_id), values, row.values):
            yield f"{entity_id} {row.entity} at {row.as_of}: {complaint}"


@retail_orders.needs_retail
@pytest.mark.parametrize("entity_id", ENTITIES)
def test_every_final_value_is_right(definitions: Definitions, events: pl.DataFrame, left: Left, entity_id: str) -> None:
    """Lifetime features keep every entity: each has a row, and each value of it is right."""
    rows = [row for (kind, _), row in left.newest().items() if kind == entity_id]
    assert len(rows) == events[entity_id].drop_nulls().n_unique()
    assert list(mismatches(definitions, events, entity_id, rows))[:10] == []


@retail_orders.needs_retail
@pytest.mark.parametrize("entity_id", ENTITIES)
def test_sampled_rows_are_right(definitions: Definitions, events: pl.DataFrame, left: Left, entity_id: str) -> None:
    """Rows along the way: the lines are in order, so each has all events before its `as_of`.

    Except rows of a time whose lines are in two batches: they are right only after the second.
    """
    cut = split_times(events)
    rows = [row for row in left.records if row.entity_id == entity_id and row.as_of - 1 not in cut]
    sample = rows[:: max(1, len(rows) // SAMPLES)]
    assert len(sample) >= SAMPLES
    assert list(mismatches(definitions, events, entity_id, sample))[:10] == []


def split_times(events: pl.DataFrame) -> set[int]:
    """Returns times (ms) with lines in two batches."""
    times = events["timestamp"].to_list()
    return {times[place] for place in range(ROWS_A_BATCH, len(times), ROWS_A_BATCH) if times[place] == times[place - 1]}


@retail_orders.needs_retail
def test_nothing_is_late_and_only_lines_of_nobody_are_rejected(events: pl.DataFrame, left: Left) -> None:
    reasons = {letter["reason"] for letter in left.letters}
    nobody = len(events.filter(pl.col("user_id").is_null() & pl.col("item_id").is_null()))
    assert (reasons, len(left.letters)) == (set(), 0) if not nobody else ({"no_entity"}, nobody)
