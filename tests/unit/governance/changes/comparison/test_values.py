"""Tests when two values are equal, and their distance."""

import polars as pl
import pytest

from governance.changes.comparison.measures.sample import RowSample
from governance.changes.comparison.measures.values import are_equal, number_pairs
from tests.support.generators.seeds import rng_of

LARGE = 2**63 - 1


def test_whole_numbers_are_exact_whatever_their_size() -> None:
    before = pl.Series([LARGE, -LARGE - 1, 2**60, None, 1])
    after = pl.Series([LARGE - 1, LARGE, 2**60 + 1, 4, None])
    pairs = number_pairs(before, after)
    assert pairs.rows.tolist() == [0, 1, 2]
    assert pairs.apart.tolist() == [1.0, float(2**64 - 1), 1.0]
    assert pairs.shifts.tolist() == [-1.0, float(2**64 - 1), 1.0]


@pytest.mark.parametrize(
    ("before", "after", "apart"),
    [
        (1.0, 1.0 + 1e-10, 0.0),
        (1.0, 1.0 + 1e-8, 1e-8),
        (0.0, -0.0, 0.0),
        (0.0, 1e-300, 1e-300),
        (1e308, -1e308, 1.8e308),
    ],
)
def test_floats_are_equal_within_a_billionth(before: float, after: float, apart: float) -> None:
    pairs = number_pairs(pl.Series([before]), pl.Series([after]))
    assert pairs.apart.tolist() == pytest.approx([min(apart, 1.7976931348623157e308)], rel=1e-6)


def test_a_whole_number_and_a_float_are_compared_as_floats() -> None:
    assert number_pairs(pl.Series([3, 4]), pl.Series([3.0, 4.5])).apart.tolist() == [0.0, 0.5]


def test_texts_truths_and_lists_are_the_same_or_not() -> None:
    texts = pl.Series(["a", None, None, ""]), pl.Series(["a", None, "b", None])
    assert are_equal(*texts, ("STRING", "STRING")).tolist() == [True, True, False, False]
    lists = pl.Series([["a", "b"], ["a,b"], [], None]), pl.Series([["a", "b"], ["a", "b"], None, None])
    assert are_equal(*lists, ("ARRAY<STRING>", "ARRAY<STRING>")).tolist() == [True, False, False, True]
    assert are_equal(pl.Series([True]), pl.Series(["true"]), ("BOOL", "STRING")).tolist() == [True]


def test_numbers_in_lists_are_equal_as_numbers_are() -> None:
    before = pl.Series([[1.0, 2.0], [1.0], [], [None, 1.0], None, [0.0], [5.0]], dtype=pl.List(pl.Float64))
    after = pl.Series([[1.0, 2.0 + 1e-10], [1.1], [], [None, 1.0], None, [-0.0], [5.0, 5.0]], dtype=pl.List(pl.Float64))
    types = "ARRAY<DOUBLE>", "ARRAY<DOUBLE>"
    assert are_equal(before, after, types).tolist() == [True, False, True, True, True, True, False]


def test_a_sample_is_the_same_whatever_the_order_and_the_pieces() -> None:
    rng = rng_of(3)
    rows = pl.DataFrame({"_id": [f"u{number}" for number in range(900)], "_as_of": rng.integers(0, 99, 900)})
    samples = list[set[tuple[str, int]]]()
    for pieces in (1, 7):
        sample = RowSample(most=50)
        shuffled = rows[rng.permutation(900)]
        for piece in range(pieces):
            sample.add(shuffled[piece::pieces])
        samples.append(set(sample.rows.iter_rows()))
    assert samples[0] == samples[1]
    assert len(samples[0]) == 50
