"""Aggregations that count, sum and compute moments."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dataflows.aggregations.contract import ANY, FAMILY, NUMBERS, Aggregation, Column, Folded
from dataflows.aggregations.totals import as_doubles
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
    op: ClassVar[PartialOp] = PartialOp.MIN

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.op), Partial(PartialOp.COUNT))

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(0), folded.ints(1) > 0


class Max(Min):
    """Returns the largest value.

    >>> from dataflows.examples import folded
    >>> folded("max", [2.0, 3.0, 1.0])
    3.0
    """

    op = PartialOp.MAX


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
