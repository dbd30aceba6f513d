"""The profile of one side of a feature: nulls, mean and quantiles of numbers, or the most frequent texts."""

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
import polars as pl

from governance.comparison.measures.feature_pairs import FeaturePairs
from governance.comparison.measures.order_statistics import quantiles
from governance.comparison.measures.values import numbers_of, texts_of
from governance.comparison.report import ValueProfile

QUANTILES = {"min": 0.0, "p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99, "max": 1.0}
FREQUENT = 10
MOST_TEXTS = 100_000
"""Different ones that are counted; of more, the rarest so far are forgotten."""


Texts = tuple[str | None, ...]
"""A text, or one before and one after."""


class TextCounts:
    """Counts texts, or pairs of texts; `exact` unless there were more different ones than it keeps."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self.counts, self.exact = Counter[Texts](), True

    def add(self, texts: pl.DataFrame) -> None:
        """One more row of each."""
        for *text, count in texts.group_by(texts.columns).len().iter_rows():
            self.counts[tuple(text)] += count
        if len(self.counts) > self._most:
            self.counts, self.exact = Counter(dict(self.counts.most_common(self._most // 2))), False

    def most(self, many: int) -> list[tuple[Texts, int]]:
        """The most frequent ones; of equally frequent ones the first by their letters."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], [text or "" for text in item[0]]))[:many]


def profiles_of(pairs: FeaturePairs) -> dict[str, ValueProfile]:
    """By side, exact; frequent texts of very many different ones nearly so, the same texts on both sides."""
    if pairs.are_numbers:
        return {side: _of_numbers(pairs, side) for side in pairs.sides}
    counts = {side: _counted_texts(pairs, side) for side in pairs.sides}
    frequent = _frequent(counts.values())
    return {side: _of_texts(pairs, side, counts[side], frequent) for side in pairs.sides}


def _of_numbers(pairs: FeaturePairs, side: str) -> ValueProfile:
    nulls, count, total = 0, 0, np.longdouble(0)
    for column in pairs.values(side):
        numbers = numbers_of(column)
        nulls, count = nulls + column.null_count(), count + len(numbers)
        total += numbers.sum(dtype=np.longdouble)
    if not count:
        return ValueProfile(nulls=nulls)
    found = quantiles(lambda: map(numbers_of, pairs.values(side)), count, list(QUANTILES.values()))
    return ValueProfile(nulls=nulls, mean=float(total / count), quantiles=dict(zip(QUANTILES, found, strict=True)))


def _counted_texts(pairs: FeaturePairs, side: str) -> TextCounts:
    counts = TextCounts()
    for column in pairs.values(side):
        counts.add(texts_of(column).drop_nulls().to_frame("text"))
    return counts


def _frequent(sides: Collection[TextCounts]) -> list[Texts]:
    """The texts that are most frequent on some side."""
    known = {text for side in sides for text, _ in side.most(FREQUENT)}
    return sorted(known, key=lambda text: (-max(side.counts[text] for side in sides), text))[:FREQUENT]


def _of_texts(pairs: FeaturePairs, side: str, counts: TextCounts, frequent: Iterable[Texts]) -> ValueProfile:
    own = sorted(((str(text[0]), counts.counts[text]) for text in frequent), key=lambda one: (-one[1], one[0]))
    nulls = sum(column.null_count() for column in pairs.values(side))
    return ValueProfile(nulls=nulls, frequent=tuple(own))
