"""The aggregations: the partials that each keeps, and how it finalizes them. One class, one row in the table.

The kernels update and merge partials (kernels/opcodes.py), so a new aggregation over known partials is one class here,
one row in `AGGREGATIONS` and one row in the tests' oracle.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dataflows.aggregations.contract import ANY, FAMILY, NUMBERS, Aggregation, Column, Folded, Option
from dataflows.aggregations.totals import as_doubles
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.kernels.opcodes import Partial, PartialOp, ValueKind, sum_of


class Count(Aggregation):
    """Counts the events that pass the filter (and have a value, if the feature names one).

    >>> from dataflows.examples import folded
    >>> folded("count", [7.0, None, 9.0], "INT64")
    2
    """

    takes = ANY
    value_optional = True

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.COUNT),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.ints(0), None

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.INT]


class Sum(Aggregation):
    """Sums the values; 0 without any.

    >>> from dataflows.examples import folded
    >>> folded("sum", [1, 2, 4], "INT64")
    7
    """

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(sum_of(kind)),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.sums(0), None


class Mean(Aggregation):
    """Computes the arithmetic mean; null without values.

    >>> from dataflows.examples import folded
    >>> folded("mean", [1.0, 2.0, 6.0])
    3.0
    """

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.COUNT), Partial(sum_of(kind)))

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        n = folded.ints(0)
        return as_doubles(folded.sums(1)) / np.maximum(n, 1), n > 0

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.REAL]


class Min(Aggregation):
    """Returns the smallest value.

    >>> from dataflows.examples import folded
    >>> folded("min", [3.0, 1.0, 2.0])
    1.0
    """

    takes = NUMBERS | {ValueKind.TIMESTAMP}
    monoid: ClassVar[PartialOp] = PartialOp.MIN

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.monoid), Partial(PartialOp.COUNT))

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(0), folded.ints(1) > 0


class Max(Min):
    """Returns the largest value.

    >>> from dataflows.examples import folded
    >>> folded("max", [2.0, 3.0, 1.0])
    3.0
    """

    monoid = PartialOp.MAX


class Variance(Aggregation):
    """Computes the sample variance (n - 1); null for fewer than two values.

    >>> from dataflows.examples import folded
    >>> folded("var", [1.0, 3.0, 5.0])
    4.0
    """

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.SPREAD),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        n = folded.ints(0)
        return folded.reals(3) / np.maximum(n - 1, 1), n > 1

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.REAL]


class StandardDeviation(Variance):
    """Computes the square root of the sample variance.

    >>> from dataflows.examples import folded
    >>> folded("std", [1.0, 3.0, 5.0])
    2.0
    """

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        variance, exists = super().finalize(folded, options)
        return np.sqrt(variance), exists


class First(Aggregation):
    """Returns the value of the oldest event; the smallest of equally old ones.

    >>> from dataflows.examples import folded
    >>> folded("first", ["a", "b", "c"], "STRING")
    'a'
    """

    takes = ANY
    monoid: ClassVar[PartialOp] = PartialOp.FIRST
    nothing: ClassVar[int] = NEVER

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.monoid),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(1), folded.ints(0) != self.nothing


class Last(First):
    """Returns the value of the newest event; the largest of equally new ones.

    >>> from dataflows.examples import folded
    >>> folded("last", ["a", "b", "c"], "STRING")
    'c'
    """

    monoid = PartialOp.LAST
    nothing = ALWAYS


class LastK(Aggregation):
    """Lists the values of the k newest events, the newest first; empty without any.

    >>> from dataflows.examples import folded
    >>> folded("last_k", [1, 2, 3], "ARRAY<INT64>", k=2)
    [3, 2]
    """

    takes = ANY
    options: ClassVar[Mapping[str, Option]] = {"k": Option(1, 64, None, whole=True)}

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.LATEST, parameter=options["k"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        k, n = int(options["k"]), folded.ints(0)
        columns = [pa.array(folded.values(2 + 2 * i)) for i in range(k)]
        by_row = np.arange(len(n))[:, None] + np.arange(k)[None, :] * len(n)
        positions = by_row[np.arange(k)[None, :] < n[:, None]]
        offsets = np.concatenate(([0], np.cumsum(n)))
        values = pa.concat_arrays(columns).take(pa.array(positions))
        return pa.LargeListArray.from_arrays(pa.array(offsets), values), None

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return frozenset(f"ARRAY<{element_type}>" for element_type in FAMILY[kind])


class DistinctCount(Aggregation):
    """Counts the distinct values exactly.

    Each value counts in the tile it was last seen in, so a fold is a sum over the window's tiles.

    >>> from dataflows.examples import folded
    >>> folded("distinct_count", ["a", "b", "a"], "INT64")
    2
    """

    takes = ANY

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.SEEN),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.ints(0), None

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.INT]


class ApproxDistinct(DistinctCount):
    """Estimates the number of distinct values by HyperLogLog, with standard error 1.04 / sqrt(2 ** precision).

    >>> from dataflows.examples import folded
    >>> folded("approx_distinct", ["a", "b", "a"], "INT64")
    2
    """

    options: ClassVar[Mapping[str, Option]] = {"precision": Option(4, 16, 12, whole=True)}

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.REGISTERS, parameter=options["precision"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return np.rint(folded.reals(0)).astype(np.int64), None


class Quantile(Aggregation):
    """Estimates the value of rank floor(q * (n - 1)) by DDSketch, within `relative_error` of it.

    >>> from dataflows.examples import folded
    >>> abs(folded("quantile", [1.0, 3.0, 7.0, 9.0, 20.0], quantile=0.5) - 7.0) <= 0.01 * 7.0
    True
    """

    options: ClassVar[Mapping[str, Option]] = {
        "quantile": Option(0.0, 1.0, None),
        "relative_error": Option(0.005, 0.2, 0.01),
    }

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.BINS, parameter=options["relative_error"], asks=options["quantile"]),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        value = folded.reals(0)
        return value, ~np.isnan(value)

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.REAL]


class TimeSinceLast(Aggregation):
    """Measures the seconds from the newest event to the row's `as_of`.

    >>> from dataflows.examples import folded
    >>> folded("time_since_last", [1.0, 1.0], "INT64")
    1
    """

    takes = ANY
    value_optional = True

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(PartialOp.LAST),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        newest = folded.ints(0)
        exists = newest != Last.nothing
        return (folded.as_of - np.where(exists, newest, folded.as_of)) / 1000.0, exists

    def gives(self, kind: ValueKind) -> frozenset[str]:
        return FAMILY[ValueKind.INT]


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
