"""Tests that numbers in the names of rules are written out, at any size, and identify the number."""

import math

import pytest

from dataflows.definitions import AllowedValues, Length, Range, UniqueRatio
from dataflows.rows.rule_words import identity_of, plainly, words_of
from tests.support.generators.seeds import rng_of


@pytest.mark.parametrize("rule, words", [
    (Range(rule="range", min=0, max=1_000_000), "range 0 to 1,000,000"),
    (Range(rule="range", max=1_234_567), "range at most 1,234,567"),
    (Range(rule="range", min=-2.5e7), "range at least -25,000,000"),
    (Range(rule="range", min=0.00001), "range at least 0.00001"),
    (Length(rule="length", min=1, max=65_536), "length 1 to 65,536"),
    (UniqueRatio(rule="unique_ratio", min=0.999999), "unique_ratio at least 0.999999"),
    (AllowedValues(rule="allowed_values", values=(1, 2)), "allowed_values 1, 2"),
])  # fmt: skip
def test_rules_are_named_in_plain_numbers(rule: Range | Length | UniqueRatio | AllowedValues, words: str) -> None:
    assert words_of(rule) == words


def test_a_number_can_be_read_back() -> None:
    rng = rng_of(4)
    for value in [*(10.0 ** rng.uniform(-12, 17, 300)), *(-(10.0 ** rng.uniform(-12, 17, 300))), 1e300, 5e-324]:
        assert float(plainly(float(value)).replace(",", "")) == value
    assert plainly(math.inf) == "inf"


def test_what_alerts_know_a_rule_by_has_stayed_the_same() -> None:
    assert identity_of(Range(rule="range", min=0, max=1_000_000)) == "range 0 to 1e+06"
    assert identity_of(Range(rule="range", min=0.5)) == "range at least 0.5"
