"""Partials of one value order, and the result of folding each, computed on a plain list."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dataflows.kernels.arrays import Ints
from dataflows.kernels.offsets import ALWAYS, LENGTH, NEVER, NONE, START, TEXT_COLUMNS
from dataflows.kernels.opcodes import PartialOp, ValueOrder
from dataflows.kernels.partials import merge, put
from tests.support.factories.kernel_batches import strings

K = 4
LONGEST = (1 << 63) - 1
Event = tuple[int, float | str]  # time (ms), value
Words = list[int]
TEXTS = ["b", "", "ab", "a", "é", "abc", "😀", "\uffff", "B"]
_COLUMN = strings(TEXTS)
_ARENA = _COLUMN.data
_TABLE = np.zeros((len(TEXTS), TEXT_COLUMNS), np.int64)
_TABLE[:, START], _TABLE[:, LENGTH] = _COLUMN.offsets[:-1], np.diff(_COLUMN.offsets)


def word_of(order: ValueOrder, value: float | str) -> int:
    if isinstance(value, str):
        return TEXTS.index(value)
    return int(np.float64(value).view(np.int64)) if order is ValueOrder.REAL else int(value)


def real(word: int) -> float:
    return float(np.int64(word).view(np.float64))


def empty_of(op: PartialOp, order: ValueOrder) -> Words:
    """Returns the words of an empty partial, as tile templates hold them; test_program.py checks the templates against
    it."""
    lowest = word_of(order, -math.inf) if order is ValueOrder.REAL else -LONGEST - 1
    highest = word_of(order, math.inf) if order is ValueOrder.REAL else LONGEST
    plain = {PartialOp.COUNT: [0], PartialOp.SUM: [0], PartialOp.TOTAL: [0] * 2, PartialOp.SPREAD: [0] * 4}
    plain |= {PartialOp.MIN: [highest], PartialOp.MAX: [lowest]}
    ends = {PartialOp.FIRST: [NEVER, NONE], PartialOp.LAST: [ALWAYS, NONE], PartialOp.LATEST: [0] + [NONE] * 2 * K}
    return {**plain, **ends}[op]


@dataclass(frozen=True, slots=True)
class Kept:
    """A partial over values of one kind; its words are behind others that must not change."""

    op: PartialOp
    order: ValueOrder

    def over(self, events: Sequence[Event]) -> Words:
        """Puts every value one by one."""
        words = self._empty()
        for time, value in events:
            word = word_of(self.order, value)
            put(self.op.value, self.order.value, words, 2, time, word, K, _TABLE, _ARENA)
        return self._words(words)

    def merged(self, left: Words, right: Words) -> Words:
        """Merges the words of two tiles."""
        words = self._empty()
        for source in (left, right):
            given = np.array([-5, *source, -5], np.int64)
            merge(self.op.value, self.order.value, given, 1, words, 2, K, _TABLE, _ARENA)
            assert given.tolist() == [-5, *source, -5]
        return self._words(words)

    def _empty(self) -> Ints:
        return np.array([-7, -7, *empty_of(self.op, self.order), -7], np.int64)

    def _words(self, words: Ints) -> Words:
        assert words[[0, 1, -1]].tolist() == [-7, -7, -7], "words of others were written"
        return [int(word) for word in words[2:-1]]


ANY_ORDER = (PartialOp.COUNT, PartialOp.FIRST, PartialOp.LAST, PartialOp.LATEST)
NUMBERS = (PartialOp.MIN, PartialOp.MAX, PartialOp.SPREAD)
ALL = [
    *(Kept(op, order) for op in ANY_ORDER for order in ValueOrder),
    *(Kept(op, order) for op in NUMBERS for order in (ValueOrder.INT, ValueOrder.REAL)),
    Kept(PartialOp.SUM, ValueOrder.REAL),
    Kept(PartialOp.TOTAL, ValueOrder.INT),
]
EXACT = [partial for partial in ALL if partial.op is not PartialOp.SPREAD]
SPREADS = [partial for partial in ALL if partial.op is PartialOp.SPREAD]


def events_of(rng: np.random.Generator, order: ValueOrder, many: int) -> list[Event]:
    """Returns many equal times and values. Doubles are eighths, whose sums are exact in every grouping."""
    times, values = rng.integers(-6, 6, many).tolist(), rng.integers(-50, 50, many).tolist()
    if order is ValueOrder.TEXT:
        return [(time, TEXTS[value % len(TEXTS)]) for time, value in zip(times, values, strict=True)]
    share = 8 if order is ValueOrder.REAL else 1
    return [
        (time, value / share if order is ValueOrder.REAL else value) for time, value in zip(times, values, strict=True)
    ]


def numbers(events: Sequence[Event]) -> list[float]:
    return [value for _, value in events if not isinstance(value, str)]


def words_of_total(total: int) -> Words:
    """Returns a 128-bit number as its low word and its high one, both signed."""
    low = total & (2**64 - 1)
    return [low - 2**64 if low > LONGEST else low, total >> 64]


def newest_first(order: ValueOrder, events: Sequence[Event]) -> Words:
    """Returns (time, value) pairs as words: the newest first, at equal times the largest value first."""
    return [word for time, value in sorted(events, reverse=True) for word in (time, word_of(order, value))]


PLAIN: dict[PartialOp, Callable[[ValueOrder, Sequence[Event]], Words]] = {
    PartialOp.COUNT: lambda order, events: [len(events)],
    PartialOp.SUM: lambda order, events: [word_of(order, sum(numbers(events)))],
    PartialOp.TOTAL: lambda order, events: words_of_total(sum(map(int, numbers(events)))),
    PartialOp.MIN: lambda order, events: [word_of(order, min(numbers(events)))],
    PartialOp.MAX: lambda order, events: [word_of(order, max(numbers(events)))],
    PartialOp.FIRST: lambda order, events: newest_first(order, events)[-2:],
    PartialOp.LAST: lambda order, events: newest_first(order, events)[:2],
    PartialOp.LATEST: lambda order, events: [min(K, len(events)), *newest_first(order, events)[: 2 * K]],
}
