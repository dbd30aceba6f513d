"""Defines the contract of an aggregation: mergeable partials, and a `finalize` over columns of folded words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from dataflows.aggregations.totals import Sums
from dataflows.kernels.arrays import Bools, Ints, Reals
from dataflows.kernels.opcodes import Partial, ValueKind

Column = tuple[Any, Bools | None]
"""Values (numpy, totals or pyarrow) and a mask of those that exist; None means all."""

NUMBERS = frozenset({ValueKind.INT, ValueKind.REAL})
ANY = frozenset(ValueKind)
FAMILY: Mapping[ValueKind, frozenset[str]] = {
    ValueKind.INT: frozenset({"INT32", "INT64", "FLOAT", "DOUBLE"}),
    ValueKind.REAL: frozenset({"FLOAT", "DOUBLE"}),
    ValueKind.BOOL: frozenset({"BOOL"}),
    ValueKind.TEXT: frozenset({"STRING"}),
    ValueKind.TIMESTAMP: frozenset({"TIMESTAMP"}),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A key of the definition that configures an aggregation: its bounds (inclusive) and default (None: required)."""

    low: float
    high: float
    default: float | None
    whole: bool = False


class Folded(Protocol):
    """Columns of folded words of one feature, one entry per emitted row; `word` counts from the feature's first
    word."""

    @property
    def as_of(self) -> Ints:
        """Returns the rows' `as_of` (ms)."""

    def ints(self, word: int) -> Ints:
        """Returns a word of every row, as integers."""

    def reals(self, word: int) -> Reals:
        """Returns a word of every row, as doubles."""

    def values(self, word: int) -> Any:
        """Returns a word of every row, as values of the feature's kind: numbers, or a pyarrow array of texts."""

    def sums(self, word: int) -> Sums:
        """Returns the sums of every row, kept from this word on by `sum_of` of the feature's kind."""


class Aggregation(ABC):
    """Defines what a feature keeps per tile and how its value is computed."""

    takes: ClassVar[frozenset[ValueKind]] = NUMBERS
    value_optional: ClassVar[bool] = False
    options: ClassVar[Mapping[str, Option]] = {}

    @abstractmethod
    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        """Returns the partials of a tile for values of this kind, in the order in which `finalize` reads them."""

    @abstractmethod
    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        """Computes values from folded words, column by column."""

    def gives(self, kind: ValueKind) -> frozenset[str]:
        """Returns the value types that a feature over values of this kind may declare."""
        return FAMILY[kind]
