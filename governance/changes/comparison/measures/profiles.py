"""Profiles one side of a feature: nulls, mean and quantiles of numbers, or the most frequent texts."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from governance.changes.comparison.measures.feature_pairs import FeaturePairs
from governance.changes.comparison.measures.order_statistics import quantiles
from governance.changes.comparison.measures.text_counts import TextCounts
from governance.changes.comparison.measures.values import numbers_of, texts_of
from governance.changes.comparison.report import ValueProfile

QUANTILES = {"min": 0.0, "p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99, "max": 1.0}
FREQUENT = 10


def profiles_of(pairs: FeaturePairs) -> dict[str, ValueProfile]:
    """Returns exact profiles by side; frequent texts among very many are nearly exact, with the same texts on both
    sides."""
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
    values = quantiles(lambda: map(numbers_of, pairs.values(side)), count, list(QUANTILES.values()))
    return ValueProfile(nulls=nulls, mean=float(total / count), quantiles=dict(zip(QUANTILES, values, strict=True)))


def _counted_texts(pairs: FeaturePairs, side: str) -> TextCounts:
    counts = TextCounts()
    for column in pairs.values(side):
        counts.add(texts_of(column).drop_nulls().to_frame("text"))
    return counts


def _frequent(sides: Collection[TextCounts]) -> list[str]:
    """Returns the texts that are most frequent on some side."""
    most = Counter[str]()
    for side in sides:
        most |= Counter({str(text): count for (text,), count in side.most(FREQUENT)})
    return sorted(most, key=lambda text: (-most[text], text))[:FREQUENT]


def _of_texts(pairs: FeaturePairs, side: str, counts: TextCounts, frequent: Sequence[str]) -> ValueProfile:
    own = sorted(counts.of(frequent).items(), key=lambda counted: (-counted[1], counted[0]))
    nulls = sum(column.null_count() for column in pairs.values(side))
    return ValueProfile(nulls=nulls, frequent=tuple(own))
