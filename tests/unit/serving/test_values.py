"""Tests texts of the online store as typed values."""

import pytest

from serving.features.values import Value, typed


@pytest.mark.parametrize(
    ("text", "value_type"),
    [
        ("1.0", "INT64"),
        ("9223372036854775808", "INT64"),
        ("2147483648", "INT32"),
        ("1_0", "INT64"),
        ("\u0663", "INT64"),
        ("", "DOUBLE"),
        ("1_0", "DOUBLE"),
        ("0x1", "DOUBLE"),
        ("True", "BOOL"),
        ("1", "BOOL"),
        ("12", "TIMESTAMP"),
        ("[1", "ARRAY<INT64>"),
        ("1", "ARRAY<INT64>"),
        ("{}", "ARRAY<INT64>"),
        ('["1"]', "ARRAY<INT64>"),
        ("[true]", "ARRAY<INT64>"),
        ("[1]", "ARRAY<STRING>"),
        ("[[]]", "ARRAY<DOUBLE>"),
        ("[" * 100_000, "ARRAY<DOUBLE>"),
        ("\udcff", "STRING"),
    ],
)
def test_a_text_of_another_type_is_no_value(text: str, value_type: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        typed(text, value_type)


@pytest.mark.parametrize(
    ("text", "value_type", "value"),
    [
        ("-9223372036854775808", "INT64", -(2**63)),
        ("1e-300", "DOUBLE", 1e-300),
        ("-0.0", "FLOAT", -0.0),
        ("1e999", "DOUBLE", None),
        ("NaN", "FLOAT", None),
        ("false", "BOOL", False),
        ("2026-01-01T00:00:00.000Z", "TIMESTAMP", "2026-01-01T00:00:00.000Z"),
        ("[1,null]", "ARRAY<INT64>", [1, None]),
        ("[1,2.5]", "ARRAY<DOUBLE>", [1.0, 2.5]),
        ("[]", "ARRAY<BOOL>", []),
    ],
)
def test_a_text_of_the_type_is_the_value(text: str, value_type: str, value: Value) -> None:
    assert typed(text, value_type) == value
