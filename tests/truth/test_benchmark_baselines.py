"""Tests that the baselines compute the values they are measured for: their newest rows equal the oracle's."""

import pytest

from benchmarks import w12
from benchmarks.engine import baselines
from benchmarks.engine.builtin_windows import STEPS
from benchmarks.engine.plain_tiles import flow
from benchmarks.measuring.counting import Rows
from tests.support.factories.topics import retail_orders
from tests.support.oracle.brute_force import same
from tests.support.oracle.retail_sql import RetailOracle, newest

ORDER = {
    "user_id": (
        "user_orders_1h",
        "user_spend_24h",
        "user_orders_24h",
        "user_mean_spend_7d",
        "user_max_spend_7d",
        "user_refunds_7d",
        "user_std_spend_30d",
        "user_quantity_30d",
    ),
    "item_id": ("item_quantity_24h", "item_revenue_24h", "item_quantity_7d", "item_max_quantity_7d"),
}


@pytest.mark.long
@retail_orders.needs_retail
def test_plain_tiles_agree_with_the_oracle() -> None:
    events = retail_orders.events(30_000)
    rows = {"user_id": Rows(), "item_id": Rows()}
    baselines.RUN(flow(list(w12.batches(retail_orders.payloads(events), 1_000)), *rows.values()))
    oracle = RetailOracle(w12.definitions(), events)
    for entity_id, names in ORDER.items():
        points = newest(events, entity_id)
        for (entity, as_of), row in zip(points, oracle.values_at(entity_id, points), strict=True):
            time, *values = rows[entity_id].newest[entity]
            answers = zip(names, values, strict=True)
            assert time == as_of
            assert all(same(row[name], value, "DOUBLE") for name, value in answers), (entity, row, values)


@retail_orders.needs_retail
def test_builtin_windows_close_one_row_for_every_window() -> None:
    events = retail_orders.events(50)
    payloads = retail_orders.payloads(events)
    wanted = 0
    for step in STEPS:
        length, hop = (int(span.total_seconds() * 1000) for span in (step.window, step.hop))
        pairs = events.drop_nulls(f"{step.entity}_id").select(f"{step.entity}_id", "timestamp").rows()
        windows = {(key, time // hop - back) for key, time in pairs for back in range(length // hop)}
        wanted += len(windows)
    assert baselines.run_builtin_windows([payloads]).rows == wanted
