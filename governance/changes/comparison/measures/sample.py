"""Keeps a sample of bounded size, chosen by hash, so that the order of rows makes no difference."""

import numpy as np
import numpy.typing as npt
import polars as pl

from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of

SAMPLED = 20_000
"""Rows behind a picture."""
Hashes = npt.NDArray[np.uint64]
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class RowSample:
    """Keeps the rows with the smallest hash of id and time."""

    def __init__(self, most: int = SAMPLED) -> None:
        self._most = most
        self._hashes, self.rows = np.empty(0, np.uint64), pl.DataFrame()

    def add(self, rows: pl.DataFrame) -> None:
        """Adds rows with equal columns, `_id` and `_as_of` among them."""
        hashes = _hashes(rows)
        if len(self._hashes) == self._most:
            below = hashes < self._hashes.max()
            rows, hashes = rows.filter(pl.Series(below)), hashes[below]
        self._hashes = np.concatenate([self._hashes, hashes])
        self.rows = pl.concat([self.rows, rows]) if len(self.rows) else rows
        if len(self._hashes) > self._most:
            smallest = np.argpartition(self._hashes, self._most)[: self._most]
            self._hashes, self.rows = self._hashes[smallest], self.rows[smallest]


def _hashes(rows: pl.DataFrame) -> Hashes:
    """Hashes id and time together, mixed by the steps of SplitMix64."""
    ids, hashed = strings_of(rows["_id"]), np.empty(len(rows), np.int64)
    hash_strings(ids.offsets, ids.data, hashed)
    mixed = hashed.view(np.uint64) + rows["_as_of"].to_numpy().astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in _STEPS:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    last: Hashes = mixed ^ (mixed >> np.uint64(31))
    return last
