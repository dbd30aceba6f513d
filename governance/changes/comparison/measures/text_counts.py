"""Counts texts, or pairs of texts: exactly while there are not too many different ones."""

from collections.abc import Sequence

import polars as pl

MOST_TEXTS = 100_000
"""Most different texts that are counted; of more, the rarest so far are forgotten."""
LONGEST = 1_000
"""Characters that distinguish texts."""
Texts = tuple[str | None, ...]
"""A text, or one before and one after."""


class TextCounts:
    """Counts rows of texts; `exact` unless some were forgotten."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most, self.exact = most, True
        self._table = pl.DataFrame()

    def add(self, texts: pl.DataFrame) -> None:
        """Counts each row once."""
        counted = (
            texts.select(pl.all().str.slice(0, LONGEST))
            .group_by(texts.columns)
            .agg(pl.len().cast(pl.Int64).alias("count"))
        )
        if len(self._table):
            joined = pl.concat([self._table, counted])
            counted = joined.group_by(texts.columns).agg(pl.col("count").sum())
        self._table = counted
        if len(counted) > self._most:
            self._table, self.exact = self._sorted().head(self._most // 2), False

    def most(self, limit: int) -> list[tuple[Texts, int]]:
        """Returns the most frequent ones, equally frequent ones in alphabetical order."""
        return [(tuple(text), count) for *text, count in self._sorted().head(limit).iter_rows()]

    def of(self, texts: Sequence[str]) -> dict[str, int]:
        """Returns the count of each of these texts."""
        known = dict.fromkeys(texts, 0)
        if len(self._table):
            text = self._table.columns[0]
            known |= dict(self._table.filter(pl.col(text).is_in(list(texts))).iter_rows())
        return known

    def _sorted(self) -> pl.DataFrame:
        if not len(self._table):
            return self._table
        *texts, count = self._table.columns
        return self._table.sort(count, *texts, descending=[True, *[False] * len(texts)])
