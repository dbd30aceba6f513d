"""Tests every partial without cells: values put one by one, any grouping of tiles, and plain Python agree."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from dataflows.aggregations.totals import Totals, as_doubles
from dataflows.kernels.opcodes import Partial, PartialOp, ValueOrder
from dataflows.kernels.partials import less
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.partial_folds import (
    _ARENA,
    _TABLE,
    ALL,
    EXACT,
    PLAIN,
    SPREADS,
    TEXTS,
    Event,
    K,
    Kept,
    Words,
    empty_of,
    events_of,
    numbers,
    real,
    word_of,
    words_of_total,
)

# By code point, so that the number of a text does not tell its place in the order.


each_partial = pytest.mark.parametrize("kept", ALL, ids=lambda kept: f"{kept.op.name} {kept.order.name}")
each_seed = pytest.mark.parametrize("seed", seeds(4))


def assert_holds(kept: Kept, words: Words, events: Sequence[Event]) -> None:
    """Checks that the words equal those of plain Python, and that the unused ones are empty."""
    empty = empty_of(kept.op, kept.order)
    if kept.op is PartialOp.SPREAD:
        return assert_spread(kept.order, words, numbers(events))
    plain = PLAIN[kept.op](kept.order, events) if events else []
    assert words == [*plain, *empty[len(plain) :]]
    return None


def assert_spread(order: ValueOrder, words: Words, values: Sequence[float]) -> None:
    """Checks a value, the mean's distance from it, and the squared deviations: within rounding."""
    n, anchor_word, away, deviations = words[0], words[1], real(words[2]), real(words[3])
    assert n == len(values)
    if not values:
        return
    assert anchor_word in [word_of(order, value) for value in values]
    exact = [Fraction(value) for value in values]
    mean, anchor = sum(exact) / n, Fraction(real(anchor_word) if order is ValueOrder.REAL else anchor_word)
    width = float(max(exact) - min(exact))
    assert away == pytest.approx(float(mean - anchor), rel=0, abs=1e-14 * n * width)
    assert deviations == pytest.approx(float(sum((value - mean) ** 2 for value in exact)), rel=1e-14 * n)
    assert deviations >= 0.0


@each_partial
@each_seed
def test_values_put_one_by_one_are_the_plain_fold(kept: Kept, seed: int) -> None:
    rng = rng_of(seed)
    for many in (0, 1, 2, 3, K, K + 1, 40):
        events = events_of(rng, kept.order, many)
        assert_holds(kept, kept.over(events), events)


@each_partial
@each_seed
def test_any_grouping_in_any_order_is_the_plain_fold(kept: Kept, seed: int) -> None:
    """Merges the tiles two at a time, in any order; some of them are empty."""
    rng = rng_of(seed)
    for many, tiles in ((1, 3), (6, 4), (40, 12)):
        events = events_of(rng, kept.order, many)
        dealt = rng.integers(0, tiles, many).tolist()
        groups = [[event for event, own in zip(events, dealt, strict=True) if own == tile] for tile in range(tiles)]
        left = [kept.over(group) for group in groups]
        while len(left) > 1:
            left_part, other = (left.pop(int(rng.integers(len(left)))) for _ in range(2))
            left.append(kept.merged(left_part, other))
        assert_holds(kept, left[0], events)


@pytest.mark.parametrize("kept", EXACT, ids=lambda kept: f"{kept.op.name} {kept.order.name}")
@each_seed
def test_merging_is_associative_and_commutative_and_nothing_is_neutral(kept: Kept, seed: int) -> None:
    rng = rng_of(seed)
    for _ in range(20):
        a, b, c = (kept.over(events_of(rng, kept.order, int(rng.integers(7)))) for _ in range(3))
        assert kept.merged(kept.merged(a, b), c) == kept.merged(a, kept.merged(b, c))
        assert kept.merged(a, b) == kept.merged(b, a)
        assert kept.merged(a, empty_of(kept.op, kept.order)) == a


@pytest.mark.parametrize("kept", SPREADS, ids=lambda kept: kept.order.name)
@pytest.mark.parametrize("step", [1, 256, 2**40])
@each_seed
def test_deviations_of_large_values_that_are_close_keep_their_digits(kept: Kept, step: int, seed: int) -> None:
    """Readings of a clock in ns: sums of squares, or a mean in doubles, would lose every digit."""
    first = 1_767_225_600_123_456_768
    by = max(step, 256) if kept.order is ValueOrder.REAL else step
    values = [first + int(away) * by for away in rng_of(seed).integers(-9, 9, 400)]
    tiles = [kept.over([(0, value) for value in values[part : part + 60]]) for part in range(0, 400, 60)]
    whole = tiles[0]
    for tile in tiles[1:]:
        whole = kept.merged(tile, whole)
    assert_spread(kept.order, whole, values)


EXTREMES = (-(2**63), 2**63 - 1, 2**62, -(2**62), -1, 0, 1)


@each_seed
def test_sums_of_the_largest_numbers_carry(seed: int) -> None:
    """Value by value and tile by tile, over the limits of one word and back."""
    rng, kept = rng_of(seed), Kept(PartialOp.TOTAL, ValueOrder.INT)
    for _ in range(30):
        events: list[Event] = [
            (0, EXTREMES[index]) for index in rng.integers(len(EXTREMES), size=int(rng.integers(60)))
        ]
        cut = int(rng.integers(len(events) + 1))
        merged = kept.merged(kept.over(events[:cut]), kept.over(events[cut:]))
        assert merged == kept.over(events) == words_of_total(sum(map(int, numbers(events))))
        assert as_doubles(Totals(*np.array(merged).reshape(2, 1)))[0] == pytest.approx(
            float(sum(map(int, numbers(events)))), rel=3e-16, abs=0
        )


@each_seed
def test_sums_of_doubles_stay_within_rounding(seed: int) -> None:
    rng, kept = rng_of(seed), Kept(PartialOp.SUM, ValueOrder.REAL)
    values = rng.normal(0, 1, 500) * 10.0 ** rng.integers(-6, 6, 500)
    left, right = (kept.over([(0, float(value)) for value in half]) for half in np.array_split(values, 2))
    slack = 1e-12 * math.fsum(np.abs(values))
    assert real(kept.merged(left, right)[0]) == pytest.approx(math.fsum(values), rel=0, abs=slack)


RISING: dict[ValueOrder, list[float | str]] = {
    ValueOrder.INT: [-(2**62), -1, 0, 2**53, 2**53 + 1],
    ValueOrder.REAL: [-math.inf, -1e-300, 0.0, 1e-300, 1e9],
    ValueOrder.TEXT: sorted(TEXTS),
}


@pytest.mark.parametrize("order", ValueOrder)
def test_ties_in_time_are_settled_by_the_value(order: ValueOrder) -> None:
    """In any order: at equal times the first is the smallest value, the last and newest the largest."""
    values = RISING[order][1:4]
    low, middle, high = (word_of(order, value) for value in values)
    for turn in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        events: list[Event] = [(5, values[place]) for place in turn]
        assert Kept(PartialOp.FIRST, order).over(events) == [5, low]
        assert Kept(PartialOp.LAST, order).over(events) == [5, high]
        assert Kept(PartialOp.LATEST, order).over(events)[:7] == [3, 5, high, 5, middle, 5, low]


@pytest.mark.parametrize("order", ValueOrder)
def test_values_are_ordered_as_their_kind_is(order: ValueOrder) -> None:
    words = [word_of(order, value) for value in RISING[order]]
    for i, left in enumerate(words):
        assert [less(order.value, left, right, _TABLE, _ARENA) for right in words] == [i < j for j in range(len(words))]


def test_widths_are_those_of_the_empty_words() -> None:
    for kept in ALL:
        partial = Partial(kept.op, parameter=K if kept.op is PartialOp.LATEST else 0)
        assert partial.stored == partial.folded == len(empty_of(kept.op, kept.order))
