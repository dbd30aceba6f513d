"""Tests the columns that an expression reads: their names, and the kind of each type."""

from dataflows.definitions.expressions import column_names, compile_expression
from dataflows.definitions.model.value_types import COLUMN_TYPES
from dataflows.kernels.opcodes import ValueKind


def test_it_names_the_columns_it_reads() -> None:
    assert compile_expression("amount / quantity + amount", {"amount": "DOUBLE", "quantity": "INT64"}).reads == (
        "amount",
        "quantity",
    )
    assert column_names("b + a + b") == ("a", "b")


def test_features_are_columns_of_derived_ones() -> None:
    columns = {"spend_7d": "FLOAT", "orders_7d": "INT32", "last": "ARRAY<STRING>"}
    assert compile_expression("spend_7d / NULLIF(orders_7d, 0)", columns).kind is ValueKind.REAL
    assert compile_expression("ARRAY_LENGTH(last)", columns).kind is ValueKind.INT


def test_every_column_type_can_be_read_as_it_is() -> None:
    kinds = [compile_expression("x", {"x": column_type}).kind for column_type in COLUMN_TYPES]
    assert kinds == [
        ValueKind.TEXT,
        ValueKind.INT,
        ValueKind.INT,
        ValueKind.REAL,
        ValueKind.REAL,
        ValueKind.BOOL,
        ValueKind.TIMESTAMP,
    ]
