"""The aggregations: which partials each keeps, and how a folded row becomes a value. One class, one row.

The kernels update and merge partials (monoids.py), so a new aggregation over known partials is one class here, one
row in `AGGREGATIONS` and one row in the tests' oracle.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dataflows.aggregations.contract import ANY, FAMILY, NUMBERS, Aggregation, Column, Folded, Option
from dataflows.aggregations.totals import as_doubles
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.kernels.opcodes import Kind, Monoid, Partial, sum_of


class Count(Aggregation):
    """Events that pass the filter (and have a value, where one is named)."""

    takes = ANY
    value_optional = True

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.COUNT),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.ints(0), None

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.INT]


class Sum(Aggregation):
    """Sum of the values; 0 when there are none."""

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(sum_of(kind)),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.sums(0), None


class Mean(Aggregation):
    """Arithmetic mean."""

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.COUNT), Partial(sum_of(kind)))

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        n = folded.ints(0)
        return as_doubles(folded.sums(1)) / np.maximum(n, 1), n > 0

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.REAL]


class Min(Aggregation):
    """Smallest value."""

    takes = NUMBERS | {Kind.TIMESTAMP}
    monoid: ClassVar[Monoid] = Monoid.MIN

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.monoid), Partial(Monoid.COUNT))

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(0), folded.ints(1) > 0


class Max(Min):
    """Largest value."""

    monoid = Monoid.MAX


class Variance(Aggregation):
    """Sample variance (n - 1); null under two values."""

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.SPREAD),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        n = folded.ints(0)
        return folded.reals(3) / np.maximum(n - 1, 1), n > 1

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.REAL]


class StandardDeviation(Variance):
    """Square root of the sample variance."""

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        variance, exists = super().finalize(folded, options)
        return np.sqrt(variance), exists


class First(Aggregation):
    """Value of the oldest event; of equally old ones the smallest."""

    takes = ANY
    monoid: ClassVar[Monoid] = Monoid.FIRST
    nothing: ClassVar[int] = NEVER

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.monoid),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(1), folded.ints(0) != self.nothing


class Last(First):
    """Value of the newest event; of equally new ones the largest."""

    monoid = Monoid.LAST
    nothing = ALWAYS


class LastK(Aggregation):
    """Values of the k newest events, newest first; an empty list when there are none."""

    takes = ANY
    options: ClassVar[Mapping[str, Option]] = {"k": Option(1, 64, None, whole=True)}

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.LATEST, parameter=options["k"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        k, n = int(options["k"]), folded.ints(0)
        columns = [pa.array(folded.values(2 + 2 * i)) for i in range(k)]
        by_row = np.arange(len(n))[:, None] + np.arange(k)[None, :] * len(n)
        kept = by_row[np.arange(k)[None, :] < n[:, None]]
        offsets = np.concatenate(([0], np.cumsum(n)))
        values = pa.concat_arrays(columns).take(pa.array(kept))
        return pa.LargeListArray.from_arrays(pa.array(offsets), values), None

    def gives(self, kind: Kind) -> frozenset[str]:
        return frozenset(f"ARRAY<{one}>" for one in FAMILY[kind])


class DistinctCount(Aggregation):
    """How many different values, exactly.

    Each value counts in the tile it was last seen in, so a fold is a sum over the window's tiles.
    """

    takes = ANY

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.SEEN),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.ints(0), None

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.INT]


class ApproxDistinct(DistinctCount):
    """How many different values, by HyperLogLog: standard error 1.04 / sqrt(2 ** precision)."""

    options: ClassVar[Mapping[str, Option]] = {"precision": Option(4, 16, 12, whole=True)}

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.REGISTERS, parameter=options["precision"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return np.rint(folded.reals(0)).astype(np.int64), None


class Quantile(Aggregation):
    """The value of rank floor(q * (n - 1)), by DDSketch: within `relative_error` of it."""

    options: ClassVar[Mapping[str, Option]] = {
        "quantile": Option(0.0, 1.0, None),
        "relative_error": Option(0.005, 0.2, 0.01),
    }

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.BINS, parameter=options["relative_error"], asks=options["quantile"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        value = folded.reals(0)
        return value, ~np.isnan(value)

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.REAL]


class TimeSinceLast(Aggregation):
    """Seconds from the newest event to the row's `as_of`."""

    takes = ANY
    value_optional = True

    def partials(self, kind: Kind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(Monoid.LAST),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        newest = folded.ints(0)
        exists = newest != Last.nothing
        return (folded.as_of - np.where(exists, newest, folded.as_of)) / 1000.0, exists

    def gives(self, kind: Kind) -> frozenset[str]:
        return FAMILY[Kind.INT]


AGGREGATIONS: Mapping[str, Aggregation] = {
    "count": Count(),
    "sum": Sum(),
    "mean": Mean(),
    "min": Min(),
    "max": Max(),
    "std": StandardDeviation(),
    "var": Variance(),
    "first": First(),
    "last": Last(),
    "last_k": LastK(),
    "distinct_count": DistinctCount(),
    "approx_distinct": ApproxDistinct(),
    "quantile": Quantile(),
    "time_since_last": TimeSinceLast(),
}
