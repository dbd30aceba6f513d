"""Tests the expression language: what it accepts, what it means, and the words of each refusal."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl
import pytest

from dataflows.definitions.expressions import LONGEST, ExpressionError, compile_expression
from dataflows.definitions.model.value_types import CANONICAL, polars_type
from dataflows.kernels.opcodes import ValueKind

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
MEANINGS: list[tuple[str, ValueKind, object]] = [
    ("amount / 7", ValueKind.REAL, 1.5),
    ("quantity / 2", ValueKind.REAL, 3.5),
    ("quantity // 2", ValueKind.INT, 3),
    ("small // 2", ValueKind.INT, -1),
    ("quantity % 4", ValueKind.INT, 3),
    ("quantity * 1.5", ValueKind.REAL, 10.5),
    ("quantity + small", ValueKind.INT, 4),
    ("amount * rate", ValueKind.REAL, 2.625),
    ("ABS(small)", ValueKind.INT, 3),
    ("ROUND(amount, 0)", ValueKind.REAL, 11.0),
    ("event_type = 'payment_success'", ValueKind.BOOL, True),
    ("event_type <> 'refund' AND NOT gift", ValueKind.BOOL, False),
    ("category IN ('Books', 'Toys')", ValueKind.BOOL, True),
    ("category LIKE 'B%'", ValueKind.BOOL, True),
    ("amount BETWEEN 1 AND 10", ValueKind.BOOL, False),
    ("amount IS NULL OR quantity > 3", ValueKind.BOOL, True),
    ("LOWER(category)", ValueKind.TEXT, "books"),
    ("category || '-' || event_type", ValueKind.TEXT, "Books-payment_success"),
    ("SUBSTR(category, 1, 2)", ValueKind.TEXT, "Bo"),
    ("LEFT(category, small + 5)", ValueKind.TEXT, "Bo"),
    ("LENGTH(category)", ValueKind.INT, 5),
    ("COALESCE(NULLIF(category, 'Books'), 'none')", ValueKind.TEXT, "none"),
    ("COALESCE(category, 'Len')", ValueKind.TEXT, "Books"),
    ("CASE WHEN gift THEN 1 ELSE 0 END", ValueKind.INT, 1),
    ("CASE WHEN gift THEN amount END", ValueKind.REAL, 10.5),
    ("CAST(quantity AS DOUBLE)", ValueKind.REAL, 7.0),
    ("TRY_CAST(category AS BIGINT)", ValueKind.INT, None),
    ("TRY_CAST('12' || small AS BIGINT)", ValueKind.INT, None),
    ("EXTRACT(hour FROM at)", ValueKind.INT, 12),
    ("at", ValueKind.TIMESTAMP, ROW["at"]),
    ("CAST(quantity AS TIMESTAMP(3))", ValueKind.TIMESTAMP, datetime(1970, 1, 1, microsecond=7_000, tzinfo=UTC)),
    ("CAST(at AS DATE)", ValueKind.TIMESTAMP, datetime(2026, 1, 31, tzinfo=UTC)),
    ("now", ValueKind.INT, 5),
    ("category = 'now()'", ValueKind.BOOL, False),
    ('"quantity" + 1', ValueKind.INT, 8),
    ("amount -- what was paid", ValueKind.REAL, 10.5),
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
    ("CORR(amount, rate)", "an aggregate"),
    ("SUM(amount) OVER (PARTITION BY category)", "a window function"),
    ("amount - LAG(amount) OVER (ORDER BY at)", "a window function"),
    ("RANK() OVER (ORDER BY amount)", "a window function"),
    ("ROW_NUMBER() OVER ()", "a window function"),
    ("(SELECT 1)", "a subquery"),
    ("EXISTS (SELECT 1)", "a subquery"),
    ("amount IN (SELECT amount FROM self)", "a subquery"),
    ("UNNEST(category)", "number of rows"),
    ("COLUMNS('a.*')", "several columns"),
    ("now() < at", "NOW() does not"),
    ("CURRENT_TIMESTAMP > at", "CURRENT_TIMESTAMP does not"),
    ("amount + RANDOM()", "RANDOM() does not"),
    ("1", "at least one column"),
    ("TRUE", "at least one column"),
    ("NULL", "its type is NULL"),
    ("", "empty"),
    ("  ", "empty"),
    ("amount, quantity", "is unexpected"),
    ("amount FROM self", "is unexpected"),
    ("amount; quantity", "a semicolon ends it"),
    ("*", "several columns"),
    ("amount +", "it is incomplete"),
    ("NO_SUCH(amount)", "a supported function"),
    ("amuont / 7", "did you mean amount?"),
    ("Amount / 7", "did you mean amount?"),
    ("category = 1", "cannot be compared with INT64"),
    ("category + 1", "takes INT64 or DOUBLE, not STRING"),
    ("at > '2026-01-01'", "write a time as TIMESTAMP '2026"),
    ("category ~ '('", "REGEXP_MATCHES"),
    ("at - at", "EPOCH_MS(a) - EPOCH_MS(b)"),
    ("STRING_TO_ARRAY(category, ',')", "a supported function"),
    ("DATE(category)", "takes TIMESTAMP, not STRING"),
    ("event_type == click", "write a string in quotes: 'click'"),
    ('event_type = "click"', "double quotes enclose a column"),
    ("quantity = NULL", "write IS NULL"),
    ("quantity <> NULL", "write IS NOT NULL"),
    ("quantity NOT IN (1, NULL)", "use IS NULL"),
    ("quantity + NULL", "NULL for every event"),
    ("gift = 1", "BOOL cannot be compared with INT64"),
    ("quantity // 0", "a divisor other than zero"),
    ("amount / 0.0", "a divisor other than zero"),
    ("amount + 1 / 0", "a divisor other than zero"),
    ("quantity + SQRT(-1)", "NULL for every event"),
    ("amount // 2", "takes INT64, not DOUBLE"),
    ("quantity ^ 2", "POWER(a, b)"),
    ("quantity + 9223372036854775808", "a whole number of 64 bits"),
    ("CAST(quantity AS TIMESTAMP)", "EPOCH_MS(x) reads ms"),
    ("category LIKE event_type", "a literal pattern in quotes"),
    ("REGEXP_MATCHES(category, event_type)", "a literal pattern in quotes"),
    ("REGEXP_MATCHES(category, '(')", "a regex that can be compiled"),
    ("REGEXP_MATCHES(category, '(a{1000}){1000}{1000}')", "a regex that can be compiled"),
    ("REGEXP_MATCHES(category, 'a', 'i')", "does not take flag"),
    ("REPEAT(category, quantity)", "a supported function"),
    ("LPAD(category, quantity, ' ')", "a supported function"),
    ("quantity < small = gift", "parentheses around a comparison"),
    ("category || amount", "has no single text form"),
    ("quantity\0 + 1", "a control character"),
    ("(" * 500 + "amount" + ")" * 500, "nested less deeply"),
    ("amount" + " " * LONGEST, f"at most {LONGEST} characters"),
]


@pytest.mark.parametrize(("text", "kind", "value"), MEANINGS, ids=[text for text, _, _ in MEANINGS])
def test_what_an_expression_means(text: str, kind: ValueKind, value: object) -> None:
    compiled = compile_expression(text, COLUMNS)
    frame = pl.DataFrame({k: [v] for k, v in ROW.items()}, schema={k: polars_type(t) for k, t in COLUMNS.items()})
    values = frame.select(value=compiled.expr)["value"]
    assert compiled.kind == kind
    assert values.dtype == CANONICAL[kind]
    assert values[0] == value


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_is_refused_and_why(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as raised:
        compile_expression(text, COLUMNS)
    assert says in str(raised.value)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ExpressionError, match="nested less deeply"):
        compile_expression("a" + "+a" * 950, {"a": "INT64"})


FAILS: list[tuple[str, Mapping[str, object], dict[str, int]]] = [
    ("amount / quantity", {"amount": 1.0, "quantity": 0}, {"division_by_zero": 1}),
    ("quantity // now", {"quantity": 5, "now": 0}, {"division_by_zero": 1}),
    ("quantity % now", {"quantity": 5, "now": 0}, {"division_by_zero": 1}),
    ("quantity // now", {"quantity": -(2**63), "now": -1}, {"overflow": 1}),
    ("quantity + now", {"quantity": 2**63 - 1, "now": 1}, {"overflow": 1}),
    ("quantity - 1", {"quantity": -(2**63)}, {"overflow": 1}),
    ("quantity * now * small", {"quantity": 2**62, "now": 2, "small": 1}, {"overflow": 1}),
    ("-quantity", {"quantity": -(2**63)}, {"overflow": 1}),
    ("ABS(quantity)", {"quantity": -(2**63)}, {"overflow": 1}),
    ("CAST(amount AS BIGINT)", {"amount": 1e300}, {"cast": 1}),
    ("CAST(category AS BIGINT)", {"category": "x"}, {"cast": 1}),
    ("TRY_CAST(category AS BIGINT)", {"category": "x"}, {}),
    ("EPOCH_MS(quantity)", {"quantity": 2**62}, {"out_of_range": 1}),
    ("SQRT(amount)", {"amount": -1.0}, {"out_of_range": 1}),
    ("quantity + 1", {}, {}),
    ("CASE WHEN quantity <> 0 THEN amount / quantity END", {"amount": 1.0, "quantity": 0}, {}),
    ("COALESCE(amount / quantity, 0)", {"amount": 1.0, "quantity": 0}, {}),
    ("quantity <> 0 AND amount / quantity > 1", {"amount": 1.0, "quantity": 0}, {}),
    ("NULLIF(amount / quantity, 3)", {"amount": 1.0, "quantity": 0}, {"division_by_zero": 1}),
]


@pytest.mark.parametrize(("text", "row", "why"), FAILS, ids=[f"{text} of {row}" for text, row, _ in FAILS])
def test_what_fails_for_an_event_is_null_and_counted(text: str, row: Mapping[str, object], why: dict[str, int]) -> None:
    cells = {name: [row.get(name), None] for name in COLUMNS}
    frame = pl.DataFrame(cells, schema={name: polars_type(of) for name, of in COLUMNS.items()})
    compiled = compile_expression(text, COLUMNS)
    values = frame.select(value=compiled.expr)["value"]
    failed = compiled.failed(frame, values.is_null())
    assert {reason: rows.tolist() for reason, rows in failed.items()} == {
        reason: [0] * many for reason, many in why.items()
    }


def test_times_that_no_calendar_has_are_null() -> None:
    expression = compile_expression("CAST(quantity AS TIMESTAMP(3))", COLUMNS).expr
    frame = pl.DataFrame({"quantity": [2**62, 0, -(2**62)]})
    assert frame.select(value=expression)["value"].to_list() == [None, datetime(1970, 1, 1, tzinfo=UTC), None]


def test_checking_is_quick() -> None:
    compile_expression("amount / 3", COLUMNS)
    begun = time.process_time()
    for divisor in range(4, 24):
        compile_expression(f"CASE WHEN event_type = 'refund' THEN amount / {divisor} END", COLUMNS)
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("amount / 10 = 0.3", True),
        ("quantity / 10 = 0.3", True),
        ("amount / CASE WHEN amount > 0 THEN 10 ELSE 10 END = 0.3", True),
        ("-13.04 * amount / 3 / 7", -13.04 / 7),
    ],
)
def test_a_division_is_one_in_batches_of_every_size(rows: int, expression: str, expected: object) -> None:
    """Checks that polars does not replace it by a multiplication with the reciprocal, as it does for several rows."""
    frame = pl.DataFrame({"amount": [3.0] * rows, "quantity": [3] * rows})
    compiled = compile_expression(expression, {"amount": "DOUBLE", "quantity": "INT64"}).expr
    assert frame.select(value=compiled)["value"].to_list() == [expected] * rows
