"""Reads the pairs of one feature from the files of its entity type."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from governance.changes.comparison.measures.values import are_numbers
from governance.changes.comparison.pair_files import AFTER, BEFORE, Pairs, column_of
from governance.changes.comparison.sides import ComparedFeature


@dataclass(frozen=True, slots=True)
class FeaturePairs:
    """Rows `_id`, `_as_of`, `after` and, for an existing feature, `before`."""

    pairs: Pairs
    feature: ComparedFeature

    @property
    def sides(self) -> tuple[str, ...]:
        """Returns the existing sides."""
        return (AFTER,) if self.feature.before is None else (BEFORE, AFTER)

    def type_of(self, side: str) -> str:
        """Returns the value type on a side."""
        feature = self.feature.before if side == BEFORE else self.feature.after
        assert feature is not None
        return feature.value_type

    @property
    def are_numbers(self) -> bool:
        """Returns whether the values have differences."""
        return are_numbers(*map(self.type_of, self.sides))

    def rows(self) -> Iterator[pl.DataFrame]:
        """Yields all rows, a file at a time."""
        columns = {column_of(side, self.feature.name): side for side in self.sides}
        for rows in self.pairs.columns("_id", "_as_of", *columns):
            yield rows.rename(columns)

    def values(self, side: str) -> Iterator[pl.Series]:
        """Yields the values of one side."""
        column = column_of(side, self.feature.name)
        return (rows[column] for rows in self.pairs.columns(column))
