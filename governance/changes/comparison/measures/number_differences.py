"""Measures differences of numbers: exact sums and quantiles over all pairs, and the entities with the largest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from governance.changes.comparison.measures.feature_pairs import FeaturePairs
from governance.changes.comparison.measures.order_statistics import quantiles
from governance.changes.comparison.measures.values import Floats, NumberPairs, number_pairs
from governance.changes.comparison.report import Difference, Example

EXAMPLES = 5
"""Most entities that are named."""


@dataclass(slots=True)
class NumberDifferences:
    """Sums over the pairs of one feature."""

    equal: int = 0
    pairs: int = 0
    total: np.longdouble = field(default_factory=np.longdouble)
    signed: np.longdouble = field(default_factory=np.longdouble)
    furthest: dict[str, tuple[float, Example]] = field(default_factory=dict)

    def add(self, rows: pl.DataFrame) -> None:
        """Adds the rows of a file; two nulls are equal."""
        pairs = number_pairs(rows["before"], rows["after"])
        both_null = (rows["before"].is_null() & rows["after"].is_null()).sum()
        self.equal += int((pairs.apart == 0).sum()) + int(both_null)
        self.pairs += len(pairs.rows)
        self.total += pairs.apart.sum(dtype=np.longdouble)
        self.signed += pairs.shifts.sum(dtype=np.longdouble)
        self._note_furthest(rows, pairs)

    @property
    def largest(self) -> tuple[Example, ...]:
        """Returns the largest difference of each entity, the largest first."""
        return tuple(example for _, example in sorted(self.furthest.values(), key=_further))

    def _note_furthest(self, rows: pl.DataFrame, pairs: NumberPairs) -> None:
        ids, apart = rows["_id"].gather(pairs.rows), pl.Series(pairs.apart)
        furthest = pl.DataFrame({"id": ids, "apart": apart, "row": pairs.rows}).filter(pl.col("apart") > 0)
        furthest = furthest.sort("apart", descending=True, maintain_order=True).unique(
            "id", keep="first", maintain_order=True
        )
        for entity, distance, row in furthest.sort("apart", "id", descending=[True, False]).head(EXAMPLES).iter_rows():
            if entity not in self.furthest or self.furthest[entity][0] < distance:
                self.furthest[entity] = distance, _example(rows, row)
        self.furthest = dict(sorted(self.furthest.items(), key=lambda item: _further(item[1]))[:EXAMPLES])


def differences(pairs: FeaturePairs) -> tuple[NumberDifferences, Difference | None]:
    """Measures the differences of a feature; None if no pair has both numbers."""
    collected = NumberDifferences()
    for rows in pairs.rows():
        collected.add(rows)
    if not collected.pairs:
        return collected, None
    p99, largest = quantiles(lambda: _apart(pairs.rows()), collected.pairs, [0.99, 1.0])
    mean, shift = (float(total / collected.pairs) for total in (collected.total, collected.signed))
    return collected, Difference(pairs=collected.pairs, mean=mean, p99=p99, largest=largest, shift=shift)


def _apart(files: Iterable[pl.DataFrame]) -> Iterator[Floats]:
    return (number_pairs(rows["before"], rows["after"]).apart for rows in files)


def _further(example: tuple[float, Example]) -> tuple[float, str]:
    return -example[0], example[1].entity


def _example(rows: pl.DataFrame, row: int) -> Example:
    entity, at_ms, before, after = rows.select("_id", "_as_of", _plain("before", rows), _plain("after", rows)).row(row)
    return Example(entity=entity, at_ms=at_ms, before=before, after=after)


def _plain(column: str, rows: pl.DataFrame) -> pl.Expr:
    """Converts times to ms."""
    return pl.col(column).cast(pl.Int64) if rows[column].dtype.is_temporal() else pl.col(column)
