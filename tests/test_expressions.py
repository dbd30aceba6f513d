"""The expression language: what is taken, what it means, and what is refused with which words."""

import random
import time
from datetime import UTC, datetime

import polars as pl
import pytest

from dataflows.column_types import CANONICAL, COLUMN_TYPES, polars_type
from dataflows.expression_sample import ROWS, sample
from dataflows.expressions import LONGEST, ExpressionError, column_names, compile_expression
from dataflows.monoids import Kind

COLUMNS = {
    "event_type": "STRING",
    "category": "STRING",
    "quantity": "INT64",
    "small": "INT32",
    "amount": "DOUBLE",
    "rate": "FLOAT",
    "gift": "BOOL",
    "at": "TIMESTAMP",
    "now": "INT64",
}
ROW = {
    "event_type": "payment_success",
    "category": "Books",
    "quantity": 7,
    "small": -3,
    "amount": 10.5,
    "rate": 0.25,
    "gift": True,
    "at": datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
    "now": 5,
}
MEANINGS: list[tuple[str, Kind, object]] = [
    ("amount / 7", Kind.REAL, 1.5),
    ("quantity / 2", Kind.REAL, 3.5),
    ("quantity // 2", Kind.INT, 3),
    ("small // 2", Kind.INT, -1),
    ("quantity // 0", Kind.INT, None),
    ("quantity % 4", Kind.INT, 3),
    ("quantity * 1.5", Kind.REAL, 10.5),
    ("quantity + small", Kind.INT, 4),
    ("amount * rate", Kind.REAL, 2.625),
    ("ABS(small)", Kind.INT, 3),
    ("ROUND(amount, 0)", Kind.REAL, 10.0),
    ("event_type = 'payment_success'", Kind.BOOL, True),
    ("event_type <> 'refund' AND NOT gift", Kind.BOOL, False),
    ("category IN ('Books', 'Toys')", Kind.BOOL, True),
    ("category LIKE 'B%'", Kind.BOOL, True),
    ("amount BETWEEN 1 AND 10", Kind.BOOL, False),
    ("amount IS NULL OR quantity > 3", Kind.BOOL, True),
    ("LOWER(category)", Kind.TEXT, "books"),
    ("category || '-' || event_type", Kind.TEXT, "Books-payment_success"),
    ("SUBSTR(category, 1, 2)", Kind.TEXT, "Bo"),
    ("LEFT(category, small + 5)", Kind.TEXT, "Bo"),
    ("LENGTH(category)", Kind.INT, 5),
    ("COALESCE(NULLIF(category, 'Books'), 'none')", Kind.TEXT, "none"),
    ("COALESCE(category, 'Len')", Kind.TEXT, "Books"),
    ("CASE WHEN gift THEN 1 ELSE 0 END", Kind.INT, 1),
    ("CASE WHEN gift THEN amount END", Kind.REAL, 10.5),
    ("CAST(quantity AS DOUBLE)", Kind.REAL, 7.0),
    ("TRY_CAST(category AS BIGINT)", Kind.INT, None),
    ("TRY_CAST('12' || small AS BIGINT)", Kind.INT, None),
    ("EXTRACT(hour FROM at)", Kind.INT, 12),
    ("at", Kind.TIMESTAMP, ROW["at"]),
    ("CAST(quantity AS TIMESTAMP(3))", Kind.TIMESTAMP, datetime(1970, 1, 1, microsecond=7_000, tzinfo=UTC)),
    ("CAST(at AS DATE)", Kind.TIMESTAMP, datetime(2026, 1, 31, tzinfo=UTC)),
    ("now", Kind.INT, 5),
    ("category = 'now()'", Kind.BOOL, False),
    ('"quantity" + 1', Kind.INT, 8),
    ("amount -- what was paid", Kind.REAL, 10.5),
]
REFUSED: list[tuple[str, str]] = [
    ("SUM(amount)", "an aggregate"),
    ("amount - AVG(amount)", "an aggregate"),
    ("COUNT(*)", "an aggregate"),
    ("FIRST(amount)", "an aggregate"),
    ("MEDIAN(amount)", "an aggregate"),
    ("STDDEV(amount)", "an aggregate"),
    ("ARRAY_AGG(amount)", "an aggregate"),
    ("COUNT(DISTINCT category)", "an aggregate"),
    ("CORR(amount, rate)", "depends on other rows"),
    ("SUM(amount) OVER (PARTITION BY category)", "a window function"),
    ("amount - LAG(amount) OVER (ORDER BY at)", "a window function"),
    ("RANK() OVER (ORDER BY amount)", "over one event"),
    ("ROW_NUMBER() OVER ()", "over one event"),
    ("(SELECT 1)", "a subquery"),
    ("EXISTS (SELECT 1)", "a subquery"),
    ("amount IN (SELECT amount FROM self)", "relation"),
    ("UNNEST(category)", "number of rows"),
    ("COLUMNS('a.*')", "several columns"),
    ("now() < at", "now is not"),
    ("CURRENT_TIMESTAMP > at", "CURRENT_TIMESTAMP is not"),
    ("amount + RANDOM()", "random"),
    ("1", "at least one column"),
    ("TRUE", "at least one column"),
    ("NULL", "at least one column"),
    ("", "empty"),
    ("  ", "empty"),
    ("amount, quantity", "found unexpected token"),
    ("amount FROM self", "found 'FROM' clause"),
    ("amount; quantity", "found unexpected token"),
    ("*", "unable to parse"),
    ("amount +", "polars SQL"),
    ("NO_SUCH(amount)", "unsupported function"),
    ("amuont / 7", "did you mean amount?"),
    ("Amount / 7", "did you mean amount?"),
    ("category = 1", "cannot compare"),
    ("category + 1", "not allowed"),
    ("at > '2026-01-01'", "cannot compare"),
    ("category ~ '('", "regex"),
    ("at - at", "its type is Duration"),
    ("STRING_TO_ARRAY(category, ',')", "its type is List"),
    ("CAST(category AS BIGINT)", "TRY_CAST gives null"),
    ("CAST(amount AS BIGINT)", "TRY_CAST gives null"),
    ("CAST(quantity AS INT)", "TRY_CAST gives null"),
    ("DATE(category)", "that no event can make fail"),
    ("(" * 500 + "amount" + ")" * 500, "unable to parse"),
    ("amount" + " " * LONGEST, f"at most {LONGEST} characters"),
]


@pytest.mark.parametrize(("text", "kind", "value"), MEANINGS, ids=[text for text, _, _ in MEANINGS])
def test_what_an_expression_means(text: str, kind: Kind, value: object) -> None:
    compiled = compile_expression(text, COLUMNS)
    frame = pl.DataFrame({k: [v] for k, v in ROW.items()}, schema={k: polars_type(t) for k, t in COLUMNS.items()})
    found = frame.select(value=compiled.expr)["value"]
    assert compiled.kind == kind
    assert found.dtype == CANONICAL[kind]
    assert found[0] == value


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_is_refused_and_why(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as raised:
        compile_expression(text, COLUMNS)
    assert says in str(raised.value)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ExpressionError, match="nested less deeply"):
        compile_expression("a" + "+a" * 950, {"a": "INT64"})


def test_division_by_zero_is_not_finite_so_no_feature_folds_it() -> None:
    frame = pl.DataFrame({"quantity": [3, 0], "amount": [1.0, 0.0]})
    compiled = compile_expression("amount / (quantity - quantity)", {"quantity": "INT64", "amount": "DOUBLE"})
    assert not frame.select(value=compiled.expr)["value"].is_finite().any()


def test_it_names_the_columns_it_reads() -> None:
    assert compile_expression("amount / quantity + amount", COLUMNS).reads == ("amount", "quantity")
    assert column_names("b + a + b") == ("a", "b")


def test_features_are_columns_of_derived_ones() -> None:
    columns = {"spend_7d": "FLOAT", "orders_7d": "INT32", "last": "ARRAY<STRING>"}
    assert compile_expression("spend_7d / NULLIF(orders_7d, 0)", columns).kind is Kind.REAL
    assert compile_expression("ARRAY_LENGTH(last)", columns).kind is Kind.INT


def test_every_column_type_can_be_read_as_it_is() -> None:
    kinds = [compile_expression("x", {"x": column_type}).kind for column_type in COLUMN_TYPES]
    assert kinds == [Kind.TEXT, Kind.INT, Kind.INT, Kind.REAL, Kind.REAL, Kind.BOOL, Kind.TIMESTAMP]


def test_the_sample_is_the_same_every_time_and_varied() -> None:
    frame = sample(COLUMNS, ["payment_success"])
    assert frame.equals(sample(COLUMNS, ["payment_success"]))
    assert len(frame) == ROWS
    assert all(frame[name].null_count() for name in ("amount", "quantity", "gift"))
    assert "payment_success" in frame["event_type"].to_list()


@pytest.mark.parametrize("text", [text for text, _, _ in MEANINGS])
def test_row_by_row_equals_the_whole(text: str) -> None:
    """What the checks promise, on other rows than theirs."""
    seed = 7
    print(f"seed {seed}")
    chance = random.Random(seed)
    rows = sample(COLUMNS, ["Books", "payment_success"])
    frame = pl.concat([rows.sample(fraction=1.0, shuffle=True, seed=chance.randrange(1000)) for _ in range(3)])
    expression = compile_expression(text, COLUMNS).expr.alias("value")
    whole = frame.select(expression)["value"]
    single = pl.concat([frame[at : at + 1].select(expression) for at in range(len(frame))])["value"]
    if whole.dtype.is_float():
        assert single.is_null().equals(whole.is_null())
        assert single.drop_nulls().to_list() == pytest.approx(whole.drop_nulls().to_list(), rel=1e-9, nan_ok=True)
    else:
        assert single.equals(whole)


def test_times_that_no_calendar_has_are_null() -> None:
    expression = compile_expression("CAST(quantity AS TIMESTAMP(3))", COLUMNS).expr
    frame = pl.DataFrame({"quantity": [2**62, 0, -(2**62)]})
    assert frame.select(value=expression)["value"].to_list() == [None, datetime(1970, 1, 1, tzinfo=UTC), None]


def test_checking_is_quick() -> None:
    compile_expression("amount / 3", COLUMNS)
    begun = time.perf_counter()
    for divisor in range(4, 24):
        compile_expression(f"CASE WHEN event_type = 'refund' THEN amount / {divisor} END", COLUMNS)
    assert time.perf_counter() - begun < 2.0
