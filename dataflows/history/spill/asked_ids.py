"""Filters events by the ids in questions, approximately with a few bytes per id: others need not be spilled."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from dataflows.kernels.arrays import Bools, Ints
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of

MOST_IDS = 1 << 21
"""Number of ids above which nothing is filtered, because the table would cost more than it saves."""
_ROOM = 16  # slots per id: one in sixteen other ids passes


class AskedIds:
    """A set of ids that contains each of them, and a few others by mistake."""

    def __init__(self, ids: Sequence[pl.Series]) -> None:
        size = 1 << (_ROOM * max(1, sum(map(len, ids)))).bit_length()
        self._last, self._asked = size - 1, np.zeros(size, np.bool_)
        for some in ids:
            self._asked[_hashes(some) & self._last] = True

    def __call__(self, hashes: Ints) -> Bools:
        """Returns which ids, by their hashes, may be in the set."""
        found: Bools = self._asked[hashes & self._last]
        return found


def asked_ids(ids: Iterable[pl.Series]) -> AskedIds | None:
    """Returns the ids of questions, non-null texts; None if there are too many."""
    distinct, count = list[pl.Series](), 0
    for some in ids:
        distinct.append(some.unique())
        count += len(distinct[-1])
        if count > MOST_IDS:
            return None
    return AskedIds(distinct)


def _hashes(ids: pl.Series) -> Ints:
    strings, hashes = strings_of(ids), np.empty(len(ids), np.int64)
    hash_strings(strings.offsets, strings.data, hashes)
    return hashes
