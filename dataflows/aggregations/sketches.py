"""Aggregations of distinct values and quantiles; all but the exact count are estimates."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dataflows.aggregations.contract import ANY, FAMILY, Aggregation, Column, Folded, Option
from dataflows.kernels.opcodes import Partial, PartialOp, ValueKind


class DistinctCount(Aggregation):
    """Counts the distinct values exactly.

    Each value counts in the tile where it was last seen, so a fold is a sum over the window's tiles.

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
