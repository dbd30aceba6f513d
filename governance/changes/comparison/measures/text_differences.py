"""Measures changes of values that are not numbers: how many stayed, and which turned into which."""

import numpy as np
import polars as pl

from governance.changes.comparison.measures.feature_pairs import FeaturePairs
from governance.changes.comparison.measures.text_counts import TextCounts
from governance.changes.comparison.measures.values import are_equal, texts_of
from governance.changes.comparison.pair_files import AFTER, BEFORE
from governance.changes.comparison.report import Transition

TRANSITIONS = 10
"""Most transitions that are named."""


def transitions(pairs: FeaturePairs) -> tuple[int, tuple[Transition, ...], bool]:
    """Returns the number of equal pairs, the most frequent transitions, and whether their counts are exact."""
    equal, counts = 0, TextCounts()
    types = pairs.type_of(BEFORE), pairs.type_of(AFTER)
    for rows in pairs.rows():
        same = are_equal(rows[BEFORE], rows[AFTER], types)
        equal += int(np.count_nonzero(same))
        texts = pl.DataFrame({BEFORE: texts_of(rows[BEFORE]), AFTER: texts_of(rows[AFTER])})
        counts.add(texts.filter(pl.Series(~same)))
    most = counts.most(TRANSITIONS)
    return equal, tuple(Transition(before=old, after=new, count=count) for (old, new), count in most), counts.exact
