"""Aggregations by the order of time: the oldest and newest values, and how old the newest is."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dataflows.aggregations.contract import ANY, FAMILY, Aggregation, Column, Folded, Option
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.kernels.opcodes import Partial, PartialOp, ValueKind


class First(Aggregation):
    """Returns the value of the oldest event; the smallest of equally old ones.

    >>> from dataflows.examples import folded
    >>> folded("first", ["a", "b", "c"], "STRING")
    'a'
    """

    takes = ANY
    op: ClassVar[PartialOp] = PartialOp.FIRST
    nothing: ClassVar[int] = NEVER

    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        return (Partial(self.op),)

    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        return folded.values(1), folded.ints(0) != self.nothing


class Last(First):
    """Returns the value of the newest event; the largest of equally new ones.

    >>> from dataflows.examples import folded
    >>> folded("last", ["a", "b", "c"], "STRING")
    'c'
    """

    op = PartialOp.LAST
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
