"""Tests rows: folded words as typed values, the same for every output."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from dataflows.definitions.loader import Definitions, load
from dataflows.rows.assembler import RowAssembler, topological_order
from dataflows.windows.clocks import WallClock
from dataflows.windows.messages import Item, ReemitAll, ShardRows
from tests.support.dataflow.shards.shard import Shard
from tests.support.factories.definitions import ORDER_COLUMNS, ORDERS, PLAIN, by_hand, write
from tests.support.oracle.event_facts import Event

FOREVER = {"source": "orders", "window": "lifetime"}
TEN = {"source": "orders", "window": "10s", "hop": "1s"}


def rows_of(definitions: Definitions, events: Sequence[Event]) -> pl.DataFrame:
    """Returns the frame of one batch of orders."""
    shard = Shard(definitions, "user_id", lambda marks: WallClock(lambda: 0, marks))
    return assembled(definitions, [shard.batch("orders", events)], shard)


def assembled(definitions: Definitions, items: list[Item], *shards: Shard) -> pl.DataFrame:
    """Returns the rows of items, of all shards together."""
    outcomes = [o for shard in shards for o in shard.logic.on_batch(items)[0] if isinstance(o, ShardRows)]
    ((partition, rows),) = RowAssembler(definitions.of_entity("user_id"), 1)(("000", o) for o in outcomes)
    assert partition == "0"
    return rows.frame


def order(user: str = "u1", time: int = 1_000, **columns: object) -> Event:
    return {"event_type": "view", "user_id": user, "timestamp": time, **columns}


KINDS: Mapping[str, tuple[str, str, pl.DataType, object]] = {
    "a_string": ("category", "STRING", pl.String(), "toys"),
    "b_bool": ("gift", "BOOL", pl.Boolean(), True),
    "c_int32": ("quantity", "INT32", pl.Int32(), -3),
    "d_int64": ("quantity * 10000000000", "INT64", pl.Int64(), -30_000_000_000),
    "e_float": ("amount", "FLOAT", pl.Float64(), 0.1),
    "f_double": ("amount / 3", "DOUBLE", pl.Float64(), 0.1 / 3),
    "g_int_as_double": ("quantity", "DOUBLE", pl.Float64(), -3.0),
    "h_time": ("paid_at", "TIMESTAMP", pl.Datetime("ms", "UTC"), datetime(2026, 1, 1, 2, tzinfo=UTC)),
}


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """Returns the last value and the last two of every type."""
    folder = tmp_path_factory.mktemp("specs")
    columns = {**ORDER_COLUMNS, "paid_at": "TIMESTAMP"}
    write(folder / "sources" / "orders.yaml", {**ORDERS, "columns": columns})
    for name, (value, value_type, _, _) in KINDS.items():
        feature = {**PLAIN, **TEN, "feature_name": name, "value": value}
        write(folder / f"{name}.yaml", {**feature, "aggregation": "last", "value_type": value_type})
        many = {**feature, "feature_name": f"{name}_s", "k": 2}
        write(folder / f"{name}_s.yaml", {**many, "aggregation": "last_k", "value_type": f"ARRAY<{value_type}>"})
    return load(folder)


FULL = order(category="toys", gift=True, quantity=-3, amount=0.1, paid_at="2026-01-01T02:00:00Z")


def test_every_type_comes_out_as_declared(typed: Definitions) -> None:
    frame = rows_of(typed, [FULL])
    for name, (_, _, dtype, value) in KINDS.items():
        assert frame.schema[name] == dtype
        assert frame[name].to_list() == [value]
        assert frame.schema[f"{name}_s"] == pl.List(dtype)
        assert frame[f"{name}_s"].to_list() == [[value]]


def test_nothing_is_null_and_an_empty_list(typed: Definitions) -> None:
    """Beside rows that have values: all types, mixed in one frame."""
    frame = rows_of(typed, [FULL, order("u2", category="books")])
    for name, (_, _, dtype, value) in KINDS.items():
        other = "books" if dtype == pl.String() else None
        assert frame[name].to_list() == [value, other]
        assert frame[f"{name}_s"].to_list() == [[value], [other] if other else []]


def test_columns_stand_in_order(typed: Definitions) -> None:
    names = [f.feature_name for f in typed.features]
    assert rows_of(typed, [FULL]).columns == ["_id", "_as_of", "_seq", "_gone", "_warming", "_quarantined", *names]


def test_the_keys_of_a_row(tmp_path: Path) -> None:
    """Newest event time + 1, the number of events, nothing warming or quarantined."""
    definitions = by_hand(tmp_path, n={**FOREVER, "aggregation": "count", "value_type": "INT64"})
    frame = rows_of(definitions, [order("é", 7), order(" ", 5), order("é", 3)])
    assert frame.rows() == [("é", 8, 2, False, None, None, 2), (" ", 6, 1, False, None, None, 1)]


def test_derived_features_are_computed_in_order_of_need(tmp_path: Path) -> None:
    definitions = by_hand(
        tmp_path,
        z_n={**FOREVER, "aggregation": "count", "value_type": "INT64"},
        a_last={"expression": "b_middle + 1", "value_type": "DOUBLE"},
        b_middle={"expression": "z_n * 2", "value_type": "INT64"},
        c_by_zero={"expression": "z_n / (z_n - 1)", "value_type": "DOUBLE"},
        d_text={"expression": "CASE WHEN z_n > 1 THEN 'many' ELSE 'one' END", "value_type": "STRING"},
    )
    derived = [f for f in definitions.features if f.expression]
    needed = [f.feature_name for f in topological_order(derived)]
    assert needed.index("b_middle") < needed.index("a_last")
    frame = rows_of(definitions, [order("u1"), order("u2"), order("u2")])
    assert frame.select("a_last", "b_middle", "c_by_zero", "d_text").rows() == [
        (3.0, 2, None, "one"),
        (5.0, 4, 2.0, "many"),
    ]


def test_rows_of_all_shards_of_a_partition_are_put_together(tmp_path: Path) -> None:
    """Each with its own texts and its own warming features; the oldest publish time of all."""
    definitions = by_hand(
        tmp_path,
        first={**FOREVER, "aggregation": "first", "value": "category", "value_type": "STRING"},
        half={"expression": "n / 2", "value_type": "DOUBLE"},
        n={**FOREVER, "aggregation": "count", "value_type": "INT64"},
    )
    whole = Shard(definitions, "user_id", lambda marks: WallClock(lambda: 0, marks))
    late = Shard(definitions, "user_id", lambda marks: WallClock(lambda: 0, marks), complete=False)
    items = []
    for number, shard in (("004", whole), ("007", late), ("005", whole)):
        batch = shard.batch("orders", [order(f"u{number}", int(number), category=f"kind {number}")])
        items += [(number, o) for o in shard.logic.on_batch([batch])[0] if isinstance(o, ShardRows)]
    rows = dict(RowAssembler(definitions.of_entity("user_id"), 3)(items))
    assert set(rows) == {"1", "2"}
    assert rows["1"].frame.select("_id", "_warming", "first").rows() == [
        ("u004", None, "kind 004"),
        ("u007", "first,half,n", "kind 007"),
    ]
    assert rows["1"].published_ms == 4
    assert rows["2"].frame.select("_id", "_warming", "first").rows() == [("u005", None, "kind 005")]


def test_a_gone_row_is_empty(tmp_path: Path) -> None:
    now = [0]
    specs = {"n": "count", "total": "sum", "middle": "mean"}
    definitions = by_hand(
        tmp_path,
        **{n: {**TEN, "aggregation": a, "value": "amount", "value_type": "DOUBLE"} for n, a in specs.items()},
    )
    shard = Shard(definitions, "user_id", lambda marks: WallClock(lambda: now[0], marks))
    shard.take("orders", [order(amount=2.0)])
    now[0] = 12_000
    (row,) = shard.notify().rows
    assert (row.gone, row.as_of, row.values) == (True, 12_000, {"n": 0.0, "total": 0.0, "middle": None})
    assert shard.logic.on_batch([ReemitAll(0)])[0] == []
